"""Moving the private cluster to a newer major version of PostgreSQL."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from safemap.db.backup import back_up, restore
from safemap.db.cluster import Cluster
from safemap.db.programs import ServerPrograms, choose_server
from safemap.errors import NotYetPossible


def upgrade(cluster: Cluster, to: ServerPrograms | None = None) -> Path | None:
    """Move all data to the newest installed server by way of a backup; every row is counted on both sides.

    The old data stay beside the new. While it runs, the old server answers but takes no writes, so none is lost.

    Returns
    -------
    Where the backup is; None when the data are the newest server's already.
    """
    old_major = cluster.data_major
    if old_major is None:
        raise NotYetPossible("There is no database yet.", remedy="`safemap db start` makes one.")
    newest = to or choose_server(cluster.servers())
    if newest.major == old_major and to is None:
        return None
    old_programs = cluster.programs()
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    file = cluster.home / f"before-postgres{newest.major}-{now}.backup"
    upgraded = Cluster(cluster.home, name="postgres-new", servers=lambda: [newest])
    shutil.rmtree(upgraded.folder, ignore_errors=True)
    read_only = Cluster(
        cluster.home, servers=lambda: [old_programs], server_settings={"default_transaction_read_only": "on"}
    )
    cluster.stop()
    try:
        back_up(read_only.ensure_running(), file, old_programs)
        restore(upgraded.ensure_running(), file, newest)
        upgraded.stop()
        cluster.take_over(upgraded, f"data.postgres{old_major}-{now}")
    finally:
        if upgraded.folder.exists():
            upgraded.stop()
            shutil.rmtree(upgraded.folder, ignore_errors=True)
        cluster.stop()
    cluster.ensure_running()
    return file
