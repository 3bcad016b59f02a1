"""The procedures that GIMP calls: their arguments, results and errors."""

import traceback

from gi.repository import Gegl, Gimp, GLib, GObject

from . import arguments, output
from .points import parse_box, parse_points
from .python import deepcrop
from .shared import trial
from .shared.sentences import EXPECTED, NOTHING_THERE, Refusal, sentence, stand_in
from .shared.steps import moved
from .source import Source

SELECT, REFINE, SUBJECT = "deepcrop-select", "deepcrop-refine", "deepcrop-subject"
TEXTS = {
    SELECT: (
        "Object by _Click…",
        "Select an object by clicking on it",
        "Interactive: opens a window. Otherwise `points` and `box` say where the object is.",
    ),
    REFINE: (
        "Re_fine to Object",
        "Fit a rough selection to the object in it",
        "Uses the bounds of the selection as a box around the object.",
    ),
    SUBJECT: (
        "Sub_ject",
        "Select the main subject of the picture",
        "Needs no click.",
    ),
}


class DeepCrop(Gimp.PlugIn):
    def do_set_i18n(self, _):
        return False

    def do_query_procedures(self):
        return list(TEXTS)

    def do_create_procedure(self, name):
        label, blurb, about = TEXTS[name]
        procedure = Gimp.ImageProcedure.new(
            self, name, Gimp.PDBProcType.PLUGIN, run, None
        )
        procedure.set_image_types("*")
        procedure.set_sensitivity_mask(
            Gimp.ProcedureSensitivityMask.DRAWABLE
            | Gimp.ProcedureSensitivityMask.DRAWABLES
            | Gimp.ProcedureSensitivityMask.NO_DRAWABLES
        )
        procedure.set_menu_label(label)
        procedure.add_menu_path("<Image>/Select")
        procedure.set_documentation(blurb, about, name)
        procedure.set_attribution("The DeepCrop authors", "MIT OR Apache-2.0", "2026")
        if name == SELECT:
            procedure.add_menu_path("<Image>/Tools")
            declare_prompts(procedure)
        arguments.declare(procedure)
        declare_results(procedure)
        return procedure


def declare_prompts(procedure):
    flags = GObject.ParamFlags.READWRITE
    procedure.add_string_argument(
        "points",
        "_Points",
        "x,y of clicks on the object, x,y,0 of clicks on what is not it, with "
        "semicolons between: `320,200; 40,60,0`",
        "",
        flags,
    )
    about = "A box around the object: left,top,right,bottom. Empty: no box"
    procedure.add_string_argument("box", "_Box", about, "", flags)
    procedure.add_boolean_argument(
        "canvas",
        "Click on the _canvas",
        "Interactive: clicks on GIMP's canvas, with the Paths tool",
        False,
        flags,
    )


def declare_results(procedure):
    flags = GObject.ParamFlags.READWRITE
    procedure.add_double_return_value(
        "score",
        "Score",
        "The accuracy that the network predicts, 0 to 1",
        0,
        1,
        0,
        flags,
    )
    about = "Number of pixels that are at least half selected"
    procedure.add_double_return_value("area", "Area", about, 0, 2**53, 0, flags)


def run(procedure, run_mode, image, drawables, config, _):
    """Runs a procedure. Every error becomes a sentence."""
    Gegl.init(None)
    try:
        if procedure.get_name() == SELECT and wants_window(run_mode, config):
            from .dialog import click_in_window

            mask = click_in_window(image, one_of(drawables), config)
        else:
            mask = find(procedure, run_mode, image, one_of(drawables), config)
    except BaseException as error:  # noqa: BLE001 (no traceback reaches the user)
        if not isinstance(error, EXPECTED):
            traceback.print_exc()
        if isinstance(error, Refusal) or run_mode == Gimp.RunMode.NONINTERACTIVE:
            return failed(procedure, sentence(error, details=True))
        from .messages import show_error

        show_error(error)
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
    if mask is None:
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    for at, number in enumerate((mask.score, mask.area), 1):
        values.remove(at)
        values.insert(at, GObject.Value(GObject.TYPE_DOUBLE, number))
    return values


def wants_window(run_mode, config):
    """Whether to open the window. Repeat opens it again if the prompts do not fit into
    arguments, as a lasso does not."""
    if run_mode == Gimp.RunMode.WITH_LAST_VALS:
        return not (config.get_property("points") or config.get_property("box"))
    return run_mode == Gimp.RunMode.INTERACTIVE


def one_of(drawables):
    return drawables[0] if len(drawables) == 1 else None


def failed(procedure, text):
    error = GLib.Error(text)
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)


def find(procedure, run_mode, image, drawable, config):
    """Makes the output without a window. Returns the mask."""
    wanted = arguments.chosen(config)
    if drawable is None and run_mode != Gimp.RunMode.NONINTERACTIVE:
        wanted = wanted._replace(source="visible")  # several layers are chosen
    name = procedure.get_name()
    prompts = {
        SELECT: lambda: [
            *parse_box(config.get_property("box") or ""),
            *parse_points(config.get_property("points") or ""),
        ],
        REFINE: lambda: [box_of_selection(image)],
        SUBJECT: lambda: None,
    }[name]()
    if prompts == []:
        raise Refusal("Say where the object is: give `points` or `box`.")
    Gimp.progress_init("Reading the picture")
    source = Source(image, drawable, wanted.visible)
    try:
        pixels = None
        for part in source.reading():
            if isinstance(part, float):
                Gimp.progress_update(part / 2)
            else:
                pixels = part
    finally:
        source.close()
    network, provider = wanted.model
    options = deepcrop.ModelOptions(provider, fall_back=network is None)
    model = trial.load(network, options, arguments.NETWORKS)
    why = stand_in(model, network)
    if why:
        Gimp.message(why)
    picture = deepcrop.Picture(model, pixels)
    Gimp.progress_update(0.7)
    options = deepcrop.SegmentOptions(edges=wanted.edges_number)
    if prompts is None:
        mask = picture.subject(options)
    else:
        prompts = [moved(prompt, source.origin) for prompt in prompts]
        mask = picture.segment(prompts, options)
    Gimp.progress_update(0.9)
    if not mask.area:
        raise Refusal(NOTHING_THERE)
    output.apply(image, drawable, wanted, mask, source.origin)
    Gimp.progress_end()
    return mask


def box_of_selection(image):
    _, there, x0, y0, x1, y1 = Gimp.Selection.bounds(image)
    if not there:
        raise Refusal("Nothing is selected: draw a rough selection around the object.")
    return deepcrop.box(x0, y0, x1, y1)
