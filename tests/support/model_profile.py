"""Replay profiles: how superposed fields are shown. `boundary` is about filters: see model_query."""

from .model_projection import is_sup


def replayed(data, profile):
    if not profile:
        return data
    shown = dict(data)
    superposed = [name for name, value in data.items() if is_sup(value)]
    if profile.get("conflict") == "collapse":
        for name in superposed:
            variants = data[name]["_sup"]
            first = variants[0] if variants else None
            shown[name] = first.get("value") if isinstance(first, dict) else first
        if superposed:
            shown["_collapsed"] = superposed
    if profile.get("conflict") == "suspend" and superposed:
        shown["_suspended"] = True
    return shown
