"""Tables that belong to no domain: how fresh each drawn layer is."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from safemap.db.base import Base


class LayerVersion(Base):
    """A counter per drawn layer, raised by triggers in the transaction that writes: the ETag of its tiles."""

    __tablename__ = "layer_version"

    layer: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
