#!/usr/bin/env python3
# Licence: MIT OR Apache-2.0
"""DeepCrop in GIMP: Select > Object by Click, Refine to Object, Subject.

GIMP starts this file because it has the name of its folder.
"""

import sys

import gi

for name, version in (
    *(("Gimp", "3.0"), ("GimpUi", "3.0"), ("Gegl", "0.4"), ("Babl", "0.1")),
    *(("Gtk", "3.0"), ("Gdk", "3.0")),
):
    gi.require_version(name, version)

from gi.repository import Gimp
from plugin.procedures import DeepCrop

Gimp.main(DeepCrop.__gtype__, sys.argv)
