"""PostgreSQL's settings for a small machine."""

import os

from safemap.db.account import PORT


def small_machine_settings() -> dict[str, str]:
    """Return PostgreSQL's settings for a machine that does other things as well; durability stays as it comes: full."""
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024**2
    return {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "shared_buffers": "256MB" if memory_mb >= 4096 else "128MB",
        "effective_cache_size": f"{max(256, memory_mb // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "random_page_cost": "1.1",  # solid-state disks
        "max_wal_size": "2GB",
        "wal_level": "minimal",  # no replicas; COPY into a table made in the same transaction writes no journal
        "max_wal_senders": "0",
        "jit": "off",
        "timezone": "Asia/Taipei",
        "log_line_prefix": "%m [%p] ",
        "log_error_verbosity": "terse",  # details quote what is stored, such as the address that exists already
        "log_min_error_statement": "panic",  # statements are safemap's own; none holds values, and none is needed
    }
