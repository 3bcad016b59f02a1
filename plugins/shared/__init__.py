"""Code that the plug-ins share. It needs no editor and no toolkit.

clicking     selects an object in a picture: steps, masks, previews, errors
steps        the steps of the user, with undo and redo
worker       a thread that makes the library's calls
gestures     turns a movement of the pointer into a prompt
choices      the choices of the user, and their labels
sentences    the messages for the user

The Python binding is `..python.deepcrop`, in the repository and in every plug-in's zip.

Licence: MIT OR Apache-2.0.
"""
