"""Leads the import of whole départements: files are prepared on workers, partitions merged as they come."""

import shutil
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import uuid4

from distributed import CancelledError, Client, as_completed
from distributed.comm import CommClosedError
from distributed.scheduler import KilledWorker
from django.db import DatabaseError, connection
from django.utils import timezone

from cadastre_import.delivery import file_digest
from cadastre_import.folder import Found, import_files
from cadastre_import.national.cluster import SchedulerLost, connected
from cadastre_import.national.loading import PartitionDelivery, parts
from cadastre_import.national.plan import Plan
from cadastre_import.national.preparing import UNDER_WAY, Prepared, code_version, prepare
from cadastre_import.pipeline import import_delivery
from cadastre_import.rows import Progress
from layers.errors import GeoLhiError
from layers.models import ImportRun

LOST = "l’ordonnanceur dask ne répond plus ; relancez la commande : ce qui est préparé et chargé n’est pas refait"


@dataclass
class NationalImport:
    """One import: what is asked of it, then what ``failed`` (the file or its part → why)."""

    plan: Plan
    partitions: Path
    scheduler: str = ""
    workers: int = 2
    memory: str = "2GB"
    connections: int = 2
    departements: Collection[str] = ()
    millesime: date | None = None
    load: bool = True
    tell: Callable[[str], None] = print
    progress: Progress = iter
    failed: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Prepare and merge; a file that cannot be read fails alone. Raises SchedulerLost: run again, it resumes."""
        self.partitions.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.partitions / UNDER_WAY, ignore_errors=True)  # what a killed run was writing
        if self.load:
            for found, report in import_files(self.plan.first, millesime=self.millesime):
                self.tell(f"{found.path.name} : {report}")
        with (
            connected(self.scheduler, workers=self.workers, memory=self.memory) as client,
            ThreadPoolExecutor(self.connections) as pool,
        ):
            loads = [
                pool.submit(self._load, prepared, part)
                for prepared in self._prepared(client)
                for part in self._wanted(prepared)
            ]
        for load in loads:
            load.result()

    def _prepared(self, client: Client) -> Iterator[Prepared]:
        """Map the files over the workers and give each as it is ready; dask runs again those of a dead worker."""
        version, run = code_version(), uuid4().hex[:8]
        files: dict[str, Found] = {f"{file.path.name}-{run}": file for file in self.plan.prepared}
        futures = [
            client.submit(
                prepare, file.source, str(file.path), str(self.partitions), version, key=key, pure=False
            )
            for key, file in files.items()
        ]
        for future in self.progress(as_completed(futures)):
            if future.status == "error":
                self._refuse(files[future.key], future.exception())
                continue
            if future.status != "finished":
                raise SchedulerLost(LOST)
            try:
                prepared = future.result()
            except (CommClosedError, CancelledError) as error:  # it died while it was giving the result
                raise SchedulerLost(LOST) from error
            done = "déjà préparé" if prepared.reused else "préparé"
            self.tell(f"{Path(prepared.path).name} : {done}, {sum(prepared.rows.values())} lignes")
            yield prepared

    def _wanted(self, prepared: Prepared) -> list[str]:
        if not self.load:
            return []
        wanted = {*self.departements} or {*parts(prepared)}
        return [part for part in parts(prepared) if part in wanted]

    def _load(self, prepared: Prepared, part: str) -> None:
        """Merge one partition, on the connection of this thread."""
        delivery = PartitionDelivery(prepared, self.partitions, part)
        try:
            report = import_delivery(delivery, millesime=self.millesime)
        except (GeoLhiError, DatabaseError) as error:
            self._fail(delivery.name, str(error))
        else:
            self.tell(f"{delivery.name} : {report}")
        finally:
            connection.close()

    def _refuse(self, file: Found, error: BaseException) -> None:
        """Keep why a file could not be prepared; what is nobody's mistake but ours is raised."""
        if isinstance(error, KilledWorker):
            reason = "le processus qui le préparait est mort plusieurs fois, faute de mémoire sans doute (--memory)"
        elif isinstance(error, GeoLhiError):
            reason = str(error)
        else:
            raise error
        self._fail(file.path.name, reason)
        if self.load:
            now = timezone.now()
            ImportRun.objects.create(
                source=file.source,
                file_name=file.path.name,
                sha256=file_digest(file.path),
                status=ImportRun.Status.FAILED,
                message=reason,
                millesime=self.millesime or timezone.localdate(),
                ended_at=now,
            )

    def _fail(self, name: str, reason: str) -> None:
        self.failed[name] = reason
        self.tell(f"ÉCHEC {name} : {reason}")
