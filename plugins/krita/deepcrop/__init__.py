"""DeepCrop for Krita: a click on the canvas selects the object there.

Other plug-ins and scripts: `from deepcrop import select_at`.
"""

from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita

from .docker import Docker
from .plugin import Plugin
from .scripting import select_at

__all__ = ["select_at"]

Krita.instance().addExtension(Plugin.the(Krita.instance()))
Krita.instance().addDockWidgetFactory(
    DockWidgetFactory("deepcrop", DockWidgetFactoryBase.DockRight, Docker)
)
