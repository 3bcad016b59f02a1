"""What the plug-ins share. Nothing here knows an editor or a toolkit.

clicking     a picture that is being clicked: steps, masks, previews, errors
steps        what the user did, with undo and redo
worker       a thread that makes the library's calls
gestures     what a hand does between pressing and releasing, as a prompt
choices      what can be chosen, and what it is called
sentences    what users are told

The binding is `..python.deepcrop`, in the repository and in every plug-in's zip.

Licence: MIT OR Apache-2.0.
"""
