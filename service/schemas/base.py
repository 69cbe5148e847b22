"""The base of all bodies, and the names in paths."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from pipeline.records.versions import VERSION_PATTERN


class Body(BaseModel):
    """A JSON object in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


Version = Annotated[str, Field(pattern=f"^{VERSION_PATTERN}$", examples=["v1.0.1"])]


RunId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", examples=["run-9c3f0a41d2b7e8556f10"])
]
