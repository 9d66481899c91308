"""A line to the merchant's mail server, through Django's SMTP backend, with a sentence for all that can go wrong.

Refuses to speak in clear to another machine unless told to, and to take anything from the host's EMAIL_* settings.
"""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from saleor_mailflow.exceptions import ConfigurationError, TryLater
from saleor_mailflow.messages.lines import scrub
from saleor_mailflow.messages.options import Options, key_of
from saleor_mailflow.messages.smtp_line import Line, TlsLine
from saleor_mailflow.messages.smtp_replies import CREDENTIALS, code_of

#: Seconds to get a connection, and to get one reply or one mail across.
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0


def is_loopback(host: str) -> bool:
    """Tell whether a host name can only mean this machine. Nothing is looked up."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class Server:
    """How to reach a mail server. Held for one connection, for it has the password in clear."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    use_tls: bool
    use_ssl: bool
    ca_file: str
    pipelining: bool
    connect_timeout: float
    read_timeout: float


def read_server(options: Options) -> Server:
    """Return the server with references resolved. Raises ConfigurationError naming the field.

    Encrypted unless said otherwise: port 465 speaks TLS from the start, any other begins with STARTTLS; only this very
    machine is spoken to in clear.
    """
    host = options.text("host")
    use_ssl = options.yes("use_ssl", default=options.text("port") == "465")
    use_tls = options.yes("use_tls", default=not use_ssl and not is_loopback(host))
    if use_tls and use_ssl:
        text = "provider_options has both use_tls and use_ssl; keep use_ssl for port 465, use_tls for 587."
        raise ConfigurationError(text, key=key_of("use_ssl"))
    return Server(
        host=host,
        port=options.port(465 if use_ssl else 587 if use_tls else 25),
        username=options.text("username"),
        password=options.text("password"),
        use_tls=use_tls,
        use_ssl=use_ssl,
        ca_file=options.text("ca_file"),
        pipelining=options.yes("pipelining", default=True),
        connect_timeout=options.seconds("connect_timeout", CONNECT_TIMEOUT),
        read_timeout=options.seconds("timeout", READ_TIMEOUT),
    )


class _Backend(EmailBackend):
    """Django's backend connects, encrypts and logs in; the line it opens is ours."""

    def __init__(self, server: Server) -> None:
        # Every value is given, so that nothing is taken from the EMAIL_* settings of the host.
        super().__init__(
            host=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.use_tls,
            use_ssl=server.use_ssl,
            timeout=server.connect_timeout,
            ssl_keyfile="",
            ssl_certfile="",
        )
        self._server = server
        self.line: Line | None = None

    @property
    def connection_class(self) -> Any:
        """Return what Django calls to connect; the line is kept at once, so that a failed login can be closed."""
        return self._connect

    def _connect(self, host: str, port: int, **kwargs: Any) -> Line:
        kind = TlsLine if self._server.use_ssl else Line
        self.line = kind(host, port, read_timeout=self._server.read_timeout, **kwargs)
        return self.line

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """Return a context that checks names and certificates, against the merchant's own authority if one is set."""
        return ssl.create_default_context(cafile=self._server.ca_file or None)


def open_line(server: Server) -> Line:
    """Return a line that is connected, encrypted and logged in as the settings say.

    Raises TryLater with ``connection_lost`` and a sentence naming the setting: a wrong password must not burn a mail.
    """
    backend = _Backend(server)
    try:
        backend.open()
        if backend.line is not None:
            # Without a login nobody has asked yet what the server can do.
            backend.line.ehlo_or_helo_if_needed()
    except (OSError, ValueError) as error:
        if backend.line is not None:
            backend.line.close()
        raise _not_opened(server, error, connected=backend.line is not None) from None
    if backend.line is None:
        raise TryLater("The mail server could not be reached.", connection_lost=True)
    backend.line.pipelining = server.pipelining
    return backend.line


def _not_opened(server: Server, error: Exception, *, connected: bool) -> TryLater:
    where = f"{server.host}:{server.port}"
    code = ""
    if isinstance(error, smtplib.SMTPAuthenticationError) and 500 <= error.smtp_code <= 599:
        code = code_of(error.smtp_code, _decoded(error))
        text = f"The mail server {where} does not accept the login ({code}). Correct {CREDENTIALS}."
    elif isinstance(error, smtplib.SMTPResponseException):
        said = scrub(_decoded(error), secrets=(server.password,))
        code = code_of(error.smtp_code, said)
        text = f"The mail server {where} does not take mail now: {error.smtp_code} {said}."
    elif isinstance(error, smtplib.SMTPNotSupportedError) and server.use_tls and "STARTTLS" in str(error):
        text = (
            f"The mail server {where} offers no STARTTLS. Set provider_options.use_ssl (port 465), another port, or no "
            "encryption for a server in your own network (provider_options.use_tls = no)."
        )
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        text = f"The mail server {where} offers no login. Empty {CREDENTIALS}, or set another port."
    elif isinstance(error, ssl.SSLError):
        reason = scrub(getattr(error, "verify_message", "") or error.reason or "no common protocol")
        text = f"No encrypted connection to {where}: {reason}. Check provider_options.host, port, use_tls and ca_file."
    elif isinstance(error, socket.gaierror) or (isinstance(error, UnicodeError) and not connected):
        text = f"The mail server's name {server.host!r} is not known to DNS. Check provider_options.host."
    elif isinstance(error, UnicodeError):
        text = f"The login for {where} has letters outside ASCII, which SMTP logins cannot carry. Check {CREDENTIALS}."
    elif isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        text = f"The mail server {where} did not answer in time."
    else:
        reason = scrub(getattr(error, "strerror", None) or str(error))
        text = f"The mail server {where} cannot be reached: {reason}. Check provider_options.host and port."
    return TryLater(text, code=code, connection_lost=True)


def _decoded(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
