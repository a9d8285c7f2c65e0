"""Reads, fills and locks a hub cache with huggingface_hub itself; HubPeerTest runs it.

hub_cache.py read ID FILE ABSENT   offline: FILE and all like it are found, ABSENT is known absent
hub_cache.py files ID FILE...      online: fetches these files one by one
hub_cache.py snapshot ID PATTERN   online: fetches a snapshot
hub_cache.py lock FILE             holds huggingface_hub's lock until its standard input ends

The cache and the server come from HF_HOME and HF_ENDPOINT. Exit code 0 means all held.
"""

import sys
from pathlib import Path

from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download, try_to_load_from_cache
from huggingface_hub.utils import WeakFileLock


def read(repo, file, absent):
    whole = Path(snapshot_download(repo, allow_patterns=["*.json", "*.safetensors"]))
    found = hf_hub_download(repo, file)
    assert Path(found).parent == whole, (found, whole)
    assert not isinstance(try_to_load_from_cache(repo, absent), str)
    assert try_to_load_from_cache(repo, absent) is not None, f"{absent} isn't known to be absent"
    report = scan_cache_dir()
    assert not report.warnings, report.warnings
    (cached,) = [r for r in report.repos if r.repo_id == repo]
    (revision,) = cached.revisions
    assert "main" in revision.refs, revision.refs
    print(found)


def files(repo, *names):
    for name in names:
        print(hf_hub_download(repo, name))


def snapshot(repo, pattern):
    print(snapshot_download(repo, allow_patterns=[pattern, "*.json"]))


def lock(file):
    with WeakFileLock(file):
        print("locked", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    {"read": read, "files": files, "snapshot": snapshot, "lock": lock}[sys.argv[1]](*sys.argv[2:])
