"""Certificates of a test's own, made by the openssl command, and receivers that show them."""

import ssl
import subprocess

from .receiver import Receiver

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    """A certificate authority in a folder. `file` is what its clients trust."""

    def __init__(self, folder, name):
        self.folder = folder
        self.file, self.key = folder / "authority.pem", folder / "authority.key"
        openssl("req", "-x509", *KEY, "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.file)

    def issue(self, name, alternative, days=2):
        """A TLS context of a server with that subjectAltName, such as IP:127.0.0.1. days: below 1 for one that is over."""
        key, request, extensions, chain = (self.folder / f"{name}.{end}" for end in ("key", "csr", "ext", "crt"))
        extensions.write_text(f"subjectAltName={alternative}\n", encoding="utf-8")
        openssl("req", *KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        signer = ["-CA", self.file, "-CAkey", self.key, "-CAcreateserial"]
        openssl("x509", "-req", "-in", request, *signer, "-extfile", extensions, "-days", days, "-out", chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        return context


class TlsReceiver(Receiver):
    """`context` may be set to another one: the next connection gets it."""

    def __init__(self, context):
        self.context = context
        super().__init__()
        take = self.server.get_request

        def wrapped():
            connection, address = take()
            # The handshake is the handler's thread's: here it would hold up those that connect meanwhile.
            return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

        self.server.get_request = wrapped
        self.server.handle_error = lambda *_: None  # handshakes that the client ends

    def url(self, path="/hook", host="127.0.0.1"):
        return f"https://{host}:{self.port}{path}"
