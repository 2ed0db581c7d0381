"""AtomicFile: whole or not at all, never over something else, and one line when it fails."""

from __future__ import annotations

import errno
import os
import resource
import stat

import pytest

from netwatch.capture.atomic import AtomicFile
from netwatch.errors import FileError


def left(folder):
    return sorted(os.listdir(folder))


def test_the_name_appears_with_the_whole_content(tmp_path):
    path = tmp_path / "a"
    with AtomicFile(str(path)) as file:
        file.write(b"one")
        file.write(memoryview(b"two"))
        assert not path.exists()
        file.commit()
    assert path.read_bytes() == b"onetwo"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_nlink == 1
    assert left(tmp_path) == ["a"]


def test_leaving_without_commit_leaves_nothing(tmp_path):
    with AtomicFile(str(tmp_path / "a")) as file:
        file.write(b"one")
        assert len(left(tmp_path)) == 1
    assert left(tmp_path) == []
    file.abort()


def test_an_existing_file_stays(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(FileError, match=r"cannot write .*a: the file exists already"):
        AtomicFile(str(path))
    assert path.read_bytes() == b"old"
    assert left(tmp_path) == ["a"]


def test_a_file_that_appears_meanwhile_stays(tmp_path, monkeypatch):
    path = tmp_path / "a"
    for _ in range(2):
        with AtomicFile(str(path), overwrite=False) as file:
            path.write_bytes(b"theirs")
            with pytest.raises(FileError, match="the file exists already"):
                file.commit()
        # the second time it appears after the last look
        monkeypatch.setattr(AtomicFile, "_check_target", lambda self: None)
    assert path.read_bytes() == b"theirs"
    assert left(tmp_path) == ["a"]


def test_overwriting_replaces_the_whole_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"a long old content")
    with AtomicFile(str(path), overwrite=True) as file:
        file.write(b"new")
        assert path.read_bytes() == b"a long old content"
        file.commit()
    assert path.read_bytes() == b"new"
    assert left(tmp_path) == ["a"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_is_written_through_or_over_other_things(tmp_path, overwrite):
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, why in (
        ("link", "it is a symbolic link"),
        ("dangling", "it is a symbolic link"),
        ("folder", "it is a folder"),
        ("pipe", "it is not a regular file"),
        ("missing/a", "there is no such file or folder"),
        ("target/a", "a part of the path is not a folder"),
        ("x" * 300, "the name is too long"),
        ("a\0b", "the name is not valid"),
    ):
        with pytest.raises(FileError, match=why) as raised:
            AtomicFile(str(tmp_path / name), overwrite=overwrite)
        assert raised.value.message.isprintable()
    assert target.read_bytes() == b"precious"
    assert left(tmp_path) == ["dangling", "folder", "link", "pipe", "target"]


def test_the_longest_name_that_the_file_system_takes(tmp_path):
    path = tmp_path / ("x" * 255)
    with AtomicFile(str(path)) as file:
        file.commit()
    assert path.exists()


@pytest.mark.parametrize("there", [False, True])
def test_a_file_system_without_hard_links(tmp_path, monkeypatch, there):
    def refused(*arguments, **keywords):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refused)
    path = tmp_path / "a"
    with AtomicFile(str(path)) as file:
        file.write(b"new")
        if there:
            monkeypatch.setattr(AtomicFile, "_check_target", lambda self: None)
            path.write_bytes(b"theirs")
            with pytest.raises(FileError, match="the file exists already"):
                file.commit()
        else:
            file.commit()
    assert path.read_bytes() == (b"theirs" if there else b"new")
    assert left(tmp_path) == ["a"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("call", ["open", "write", "fsync", "link", "close"])
def test_every_failure_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, code, call):
    real = getattr(os, call)

    def failing(*arguments, **keywords):
        if call == "close":
            real(*arguments)
        monkeypatch.setattr(os, call, real)
        raise OSError(code, os.strerror(code))

    def attempt():
        with AtomicFile(str(tmp_path / "a")) as file:
            file.write(b"data")
            file.commit()

    with monkeypatch.context():
        monkeypatch.setattr(os, call, failing)
        if (call, code) == ("link", errno.EACCES):
            attempt()  # taken for a file system without links
            return
        with pytest.raises(FileError) as raised:
            attempt()
    assert raised.value.message.startswith("cannot write ")
    assert raised.value.message.isprintable()
    assert left(tmp_path) == (["a"] if call == "close" else [])


def test_a_size_limit(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with (
            pytest.raises(FileError, match="the file would exceed the size limit"),
            AtomicFile(str(tmp_path / "a")) as file,
        ):
            file.write(bytes(200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("user", "group", "given"),
    [
        ("1000", "1001", (1000, 1001)),
        ("0", "1001", None),
        ("1000", "0", None),
        ("", "1001", None),
        ("-1", "1001", None),
        ("x", "y", None),
        ("²", "1", None),
        ("9" * 30, "1", None),
    ],
)
def test_root_gives_the_file_to_the_user_of_sudo(tmp_path, monkeypatch, user, group, given):
    calls = []
    real = os.fchown

    def noted(descriptor, uid, gid):
        if uid >= 1 << 31:
            real(descriptor, uid, gid)  # refused by Python before the system sees it
        calls.append((uid, gid))

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", noted)
    monkeypatch.setenv("SUDO_UID", user)
    monkeypatch.setenv("SUDO_GID", group)
    with AtomicFile(str(tmp_path / "a")) as file:
        file.commit()
    assert calls == ([given] if given else [])


def test_others_than_root_give_nothing_away(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "fchown", lambda *arguments: calls.append(arguments))
    monkeypatch.setenv("SUDO_UID", "1000")
    monkeypatch.setenv("SUDO_GID", "1000")
    with AtomicFile(str(tmp_path / "a")) as file:
        file.commit()
    assert calls == []


@pytest.mark.parametrize("how", ["gone", "replaced", "link"])
def test_a_published_file_that_lost_its_name_is_an_error(tmp_path, how):
    path = tmp_path / "x.pcap"
    with AtomicFile(str(path)) as file:
        file.write(b"data")
        file.publish()
        path.unlink()
        if how == "replaced":
            path.write_text("another's")
        elif how == "link":
            path.symlink_to(tmp_path / "other")
        with pytest.raises(FileError, match="cannot write"):
            file.commit()
    assert path.is_symlink() or path.exists() == (how == "replaced")
