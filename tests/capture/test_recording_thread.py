"""RecordingThread: order, what waits, limits and errors that come later."""

from __future__ import annotations

import threading

from capture_bytes import INTERFACES, Row, blocks_of, frames_of, rows_of

from netwatch.capture.autostop import Limits
from netwatch.capture.file_source import FileSource
from netwatch.capture.recorder import Recorder
from netwatch.capture.recording_thread import RecordingThread
from tests.prepared import PATIENCE


def rows(first, count):
    return [Row(10**18 + n, b"%05d" % n, 60) for n in range(first, first + count)]


class SlowRecorder(Recorder):
    """Writes when the test lets it."""

    def __init__(self, path):
        self.allowed = threading.Semaphore(0)
        self.begun = threading.Event()
        super().__init__(path, INTERFACES[:1])

    def append(self, frames, interfaces=(), rows=None):
        self.begun.set()
        self.allowed.acquire()
        return super().append(frames, interfaces, rows)


def test_blocks_wait_for_the_disk_and_keep_their_order(tmp_path):
    slow = SlowRecorder(str(tmp_path / "a"))
    recording = RecordingThread(slow, most_waiting=5 * frames_of(rows(0, 10)).data.nbytes)
    for block in range(5):
        assert recording.append(frames_of(rows(10 * block, 10)))
    assert slow.begun.wait(PATIENCE)
    assert recording.state.packets == 0
    sixth = threading.Thread(target=lambda: recording.append(frames_of(rows(50, 10))))
    sixth.start()
    sixth.join(0.02)
    assert sixth.is_alive()  # there is no room for it
    for _ in range(6):
        slow.allowed.release()
    sixth.join(PATIENCE)
    recording.close(received=60)
    recording.close()
    assert recording.state.packets == 60
    source = FileSource([str(tmp_path / "a")])
    assert rows_of(blocks_of(source)) == rows(0, 60)
    source.close()


def test_a_block_larger_than_all_room_is_taken(tmp_path):
    recording = RecordingThread(Recorder(str(tmp_path / "a"), INTERFACES[:1]), most_waiting=1)
    for block in range(3):
        assert recording.append(frames_of(rows(10 * block, 10)))
    recording.close()
    assert recording.state.packets == 30


def test_a_limit_ends_it(tmp_path):
    recording = RecordingThread(Recorder(str(tmp_path / "a"), INTERFACES[:1], autostop=Limits(packets=15)))
    for block in range(4):
        recording.append(frames_of(rows(10 * block, 10)))
    recording.close()
    assert recording.finished
    assert recording.state.packets == 15
    assert not recording.append(frames_of(rows(0, 1)))


def test_an_error_ends_it_and_capture_goes_on(tmp_path):
    recorder = Recorder(str(tmp_path / "a.pcap"), INTERFACES[:1])
    recording = RecordingThread(recorder)
    recording.append(frames_of(rows(0, 2)))
    recording.append(frames_of([Row(1, b"x", 1, 1, 101)]), INTERFACES)
    assert recording.append(frames_of(rows(2, 2)))
    recording.close()
    assert "one link type" in recording.state.error
    assert recording.append(frames_of(rows(4, 2)))


def test_a_defect_of_ours_does_not_hold_up_the_capture(tmp_path):
    class Broken(Recorder):
        def append(self, frames, interfaces=(), rows=None):
            raise ZeroDivisionError("\x1b")

    recording = RecordingThread(Broken(str(tmp_path / "a"), INTERFACES[:1]), most_waiting=1)
    for _ in range(3):
        assert recording.append(frames_of(rows(0, 2)))
    recording.close()
    assert recording.state.error.startswith("internal error: ZeroDivisionError")
    assert "\x1b" not in recording.state.error
