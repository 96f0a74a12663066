"""An image of the v1 API, as the bot keeps it (pure).

A v1 image has a JSON description of its own, a parent, and so a chain of ancestors,
each with one layer; no manifest holds them together. `compose` makes one document of
what is worth knowing about them, in the form of an image config with the ancestry
beside it, so that the same readers understand it. It goes by the media type `V1_IMAGE`.

The document is no copy: values of environment variables and of build arguments do not
get in, and what puts a tag back is the id alone.

https://docs.docker.com/v1.6/reference/api/registry_api/ (the layer JSON)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.registry import wire
from bot.registry.errors import RegistryProtocolError
from bot.registry.imageconfig import ImageConfig, hide_values, parse_image_config
from bot.registry.manifest import Manifest, parse_manifest
from bot.registry.mediatypes import V1_IMAGE
from bot.wording import Wording

MAX_STEP = 4096
"""Characters kept of one build step."""

_WHAT = Wording("sent-description")


@dataclass(frozen=True)
class Layer:
    """One image of a chain: the layer it adds, and how it was made.

    Attributes:
        id: of the image, 64 hex digits.
        size: bytes of its layer in the registry, 0 where the server does not tell.
        config: what its description says.
        created_by: its build step, values hidden.
        complete: does the registry have it whole.
    """

    id: str
    size: int = 0
    config: ImageConfig = field(default_factory=ImageConfig)
    created_by: str = ""
    complete: bool = False


def read_layer(body: bytes, image_id: str, size: int | None) -> Layer:
    """Read an image's own JSON.

    A field that makes no sense leaves a gap; another image's JSON is an error.

    Raises:
        RegistryProtocolError: it is not JSON, or of another image.
    """
    value = wire.load_object(body, _WHAT)
    if wire.text(value, "id", _WHAT) != image_id:
        raise wire.broken(_WHAT, Wording("sent-other-image"))
    try:
        config = parse_image_config(body)
        command = wire.texts(wire.table(value, "container_config", _WHAT), "Cmd", _WHAT)
    except RegistryProtocolError:
        config, command = ImageConfig(), ()
    return Layer(
        id=image_id,
        size=size or 0,
        config=config,
        created_by=hide_values(" ".join(command))[:MAX_STEP],
        complete=size is not None,
    )


def compose(layers: Sequence[Layer]) -> Manifest:
    """The bot's document of an image.

    Args:
        layers: the image itself first, its oldest ancestor last; never empty.
    """
    image = layers[0]
    config = image.config
    document = {
        "id": image.id,
        "created": _time(config),
        "architecture": config.architecture,
        "os": config.os,
        "config": {
            "Entrypoint": config.entrypoint,
            "Cmd": config.cmd,
            "Env": [f"{name}=" for name in config.env_names],
            "Labels": dict(config.labels),
            "User": config.user,
            "WorkingDir": config.working_dir,
            "ExposedPorts": {port: {} for port in config.exposed_ports},
        },
        "history": [
            {"created": _time(layer.config), "created_by": layer.created_by}
            for layer in reversed(layers)
        ],
        "ancestry": [{"id": layer.id, "size": layer.size} for layer in layers],
    }
    return parse_manifest(json.dumps(document, sort_keys=True).encode(), V1_IMAGE)


def _time(config: ImageConfig) -> str:
    return config.created.isoformat() if config.created else ""
