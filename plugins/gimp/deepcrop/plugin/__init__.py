"""The parts of the plug-in.

procedures   what GIMP calls: names, arguments, errors
dialog       the window of Object by Click; form is what it looks like
preview      the picture in it: zoom, gestures, overlay
on_canvas    clicks on GIMP's own canvas, by the Paths tool
source       from GIMP's layers to pixels; reading does it bit by bit
output       from a mask to a selection, channel, layer mask, layer or path
arguments    what can be chosen, for GIMP
shared       what other editors have too
python       the binding, and the libraries
"""
