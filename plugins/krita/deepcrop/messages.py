"""The messages about a session, for the docker or, without one, for the canvas."""

from .shared.sentences import NOTHING_THERE, sentence

HINT = (
    "Click an object to select it. Right-click or Alt-click: exclude. Drag: box. "
    "Shift-drag: lasso. Tab: next larger answer. Enter: keep. Escape: drop."
)
MORE = "\N{HORIZONTAL ELLIPSIS}"


def told(session, is_on):
    """The status, in a line or two."""
    failed = failure(session)
    if failed:
        return failed
    parts = [session.clicker.stand_in, progress(session), nothing_found(session)]
    clicker = session.clicker
    if clicker.steps.done and clicker.mask is not None and not parts[1]:
        at, count = clicker.answer
        if count:
            parts.append(f"Answer {at} of {count}, from small to large.")
        parts.append(f"{clicker.mask.area:,} pixels.")
    elif is_on and not parts[1]:
        parts.append(HINT)
    return " ".join(part for part in parts if part)


def trouble(session):
    """The trouble that the user must not miss."""
    return failure(session) or nothing_found(session) or session.clicker.stand_in


def failure(session):
    """Why an action failed or was refused."""
    error = session.clicker.error
    return session.refused or (sentence(error) if error is not None else "")


def progress(session):
    clicker = session.clicker
    if clicker.doing:
        return clicker.doing + MORE
    if session.layers.is_reading and clicker.picture is None:
        return "Reading the picture" + MORE
    return (
        "Computing the selection" + MORE
        if clicker.worker.busy("select", "subject")
        else ""
    )


def nothing_found(session):
    clicker = session.clicker
    answered = clicker.steps.done and clicker.answered == clicker.steps.done
    if not answered or clicker.mask is None or clicker.mask.area:
        return ""
    return NOTHING_THERE
