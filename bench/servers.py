"""What is measured, and what it is measured beside: Choreo's stack, a streamer alone, libfcgi's echo, nchan's nginx.

Each is a context manager with `port`; the nginx beside Choreo is the same program with as many workers.
"""

import os
import pwd
import shutil
import signal
import subprocess
import urllib.error
import urllib.request

from scripts.stack.settings import Sizes
from tests.support.stack import Stack, end_with_parent, free_port
from tests.support.waiting import wait_until

from .environment import BIN
from .processes import children

# libfcgi gives a thread to each connection that nginx keeps: 64 for each of two nginx workers, and some.
ECHO_THREADS = 160

NCHAN = """
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
{user}
daemon off;
pid nginx-master.pid;
error_log log/nginx.log warn;
worker_processes {workers};
worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
    tcp_nodelay on;
    access_log off;
    client_body_temp_path temp/body;
    fastcgi_temp_path temp/fastcgi;
    proxy_temp_path temp/proxy;
    scgi_temp_path temp/scgi;
    uwsgi_temp_path temp/uwsgi;
    nchan_shared_memory_size 256m;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        client_body_buffer_size 128k;
        keepalive_requests 100000;
        nchan_message_buffer_length 20000;
        nchan_message_timeout 10m;
        location = /publish {{ nchan_publisher; nchan_channel_id bench; }}
        location = /subscribe {{
            nchan_subscriber eventsource;
            nchan_subscriber_first_message newest;
            nchan_channel_id bench;
        }}
    }}
}}
"""


class Choreo(Stack):
    """The stack of scripts/up with its default settings. Only one that is not paused takes part in a measurement."""

    def __init__(self, checkout=None):
        """checkout: another one, with programs in its build/release."""
        other = {"bin_dir": checkout / "build" / "release" / "bin", "checkout": checkout} if checkout else {}
        super().__init__(CHOREO_FCGI_PROCESSES=str(Sizes().fcgi_processes), **other)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:  # the first trouble is the one to report
            self.supervisor.kill()
            self.supervisor.wait()
            shutil.rmtree(self.root, ignore_errors=True)

    def names(self):
        return sorted(path.stem for path in (self.run_dir / "pids").glob("*.pid"))

    def pids(self):
        """Of every process, nginx's workers among them: name → pid."""
        found = {name: self.pid(name) for name in self.names()}
        for number, pid in enumerate(children(found["nginx"]), 1):
            found[f"nginx worker {number}"] = pid
        return found

    def pause(self):
        self.signal_all(signal.SIGSTOP)

    def resume_paused(self):
        self.signal_all(signal.SIGCONT)

    def signal_all(self, number):
        for pid in self.pids().values():
            os.kill(pid, number)


class Beside:
    """Processes in a directory of their own below `root`, ended together."""

    def __init__(self, root, name):
        self.port = free_port()
        self.run = root / name
        self.processes = []

    def spawn(self, *command):
        self.processes.append(subprocess.Popen(command, cwd=self.run, preexec_fn=end_with_parent))

    def spawn_nginx(self):
        self.spawn("/usr/sbin/nginx", "-p", self.run, "-c", self.run / "nginx.conf", "-e", "log/nginx.log")

    def await_answer(self, path):
        wait_until(lambda: responds(f"http://127.0.0.1:{self.port}{path}"), f"{self.run.name} answers")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(timeout=15)
        shutil.rmtree(self.run, ignore_errors=True)


class Echo(Beside):
    """fcgi-echo behind a copy of the stack's own nginx configuration."""

    def __init__(self, root, choreo, answer=""):
        super().__init__(root, "echo")
        for name in ("log", "temp", "ui"):
            (self.run / name).mkdir(parents=True)
        text = (choreo.run_dir / "nginx.conf").read_text(encoding="utf-8")
        text = text.replace(f"127.0.0.1:{choreo.port}", f"127.0.0.1:{self.port}")
        (self.run / "nginx.conf").write_text(text, encoding="utf-8")
        self.spawn(BIN / "fcgi-echo", "fcgi.sock", str(ECHO_THREADS), answer)
        self.spawn_nginx()
        self.await_answer("/instances")


class Nchan(Beside):
    """nginx with its publish-and-subscribe module; one channel."""

    def __init__(self, root):
        super().__init__(root, "nchan")
        for name in ("log", "temp"):
            (self.run / name).mkdir(parents=True)
        user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
        text = NCHAN.format(user=user, workers=Sizes().nginx_workers, port=self.port)
        (self.run / "nginx.conf").write_text(text, encoding="utf-8")
        self.spawn_nginx()
        self.await_answer("/publish")


class Streamer(Beside):
    """A second choreo-streamer on the stack's data and broker, on TCP: nothing but the clients of a row is connected to it."""

    def __init__(self, root, choreo):
        super().__init__(root, "streamer")
        self.run.mkdir()
        self.spawn(choreo.bin_dir / "choreo-streamer", "--dir", choreo.dir, "--run-dir", choreo.run_dir, "--streamer-listen",
                   f"127.0.0.1:{self.port}", "--log-level", "warning")
        self.await_answer("/health")

    @property
    def pid(self):
        return self.processes[0].pid


def responds(url):
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False
    return True
