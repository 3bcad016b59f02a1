"""The parts of the plug-in.

procedures   the procedures that GIMP calls: names, arguments, errors
dialog       the window of Object by Click; form builds its widgets
preview      the picture in the window: zoom, gestures, overlay
on_canvas    clicks on GIMP's own canvas, with the Paths tool
source       the pixels of GIMP's layers; reading reads them bit by bit
output       turns a mask into a selection, channel, layer mask, layer or path
arguments    the choices, as arguments of the procedures
shared       code that all plug-ins share
python       the Python binding, and the libraries
"""
