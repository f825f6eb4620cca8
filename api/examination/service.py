"""Examining an upload, as the routes ask for it."""

from dataclasses import asdict
from datetime import datetime

from api.errors import ExaminationDied, ExaminationTimedOut
from api.examination.arriving import changed_pages_in, pictures_in
from api.examination.confinement import ProcessLimits
from api.examination.findings import REFUSALS, Examined, from_json
from api.examination.frames import Frame
from api.examination.pool import End, ExaminationPool, PoolRules
from api.settings import Settings
from api.uploads import Upload
from verify import VerificationPolicy

__all__ = ["Examinations", "make_pool"]

_EXAMINER = "api.examination.examiner:build"


class Examinations:
    """Has files examined by a pool of processes."""

    def __init__(self, pool: ExaminationPool) -> None:
        """`pool` is started and closed by whoever made it."""
        self._pool = pool

    def examine(
        self,
        upload: Upload,
        *,
        at: datetime,
        policy: VerificationPolicy,
        pictures: bool,
        facts: bool,
    ) -> Examined:
        """Return what was found; `facts`: with those that the diagnostic view shows.

        Whoever sent the upload is charged for the seconds a process was busy with it.
        Raises `NotAPdf`, `EncryptedPdf`, `PdfTooLarge`, `ExaminationTimedOut`, `ExaminationDied`,
        `Overloaded` and `ExaminationUnavailable`.
        """
        asked = {"at": at.isoformat(), "policy": policy.name, "pictures": pictures, "facts": facts}
        said = self._pool.run(Frame(asked, upload.data))
        upload.charge(said.seconds)
        if not said.frames:
            raise _no_answer(said.end)
        first, *rest = said.frames
        if first.header.get("kind") == "refused":
            raise _refusal(first)
        return Examined(from_json(first.blob), pictures_in(rest), changed_pages_in(rest))


def make_pool(settings: Settings) -> ExaminationPool:
    """Return the pool the settings describe, not yet started."""
    options = {
        "trust_dir": str(settings.trust_dir.absolute()),
        "evidence_dirs": [str(one.absolute()) for one in settings.evidence_dirs],
        "limits": asdict(settings.upload_limits),
        "comparison_pages": settings.comparison_pages,
        "comparison_seconds": settings.comparison_seconds,
    }
    rules = PoolRules(
        processes=settings.examiners,
        waiting=settings.examinations_waiting,
        queue_seconds=settings.examination_queue_seconds,
        job_seconds=settings.examination_seconds,
        jobs_per_process=settings.examiner_jobs,
        limits=_process_limits(settings),
    )
    return ExaminationPool(_EXAMINER, options, rules)


def _process_limits(settings: Settings) -> ProcessLimits:
    return ProcessLimits(
        memory_bytes=settings.examiner_memory_bytes,
        cpu_seconds=settings.examiner_cpu_seconds,
        open_files=settings.examiner_open_files,
    )


def _no_answer(end: End) -> Exception:
    if end is End.TIMED_OUT:
        return ExaminationTimedOut("the file takes longer to examine than a file may")
    return ExaminationDied("examining this file needed more than a file may use")


def _refusal(frame: Frame) -> Exception:
    error = REFUSALS.get(str(frame.header.get("error")), ExaminationDied)
    return error(str(frame.header.get("detail")))
