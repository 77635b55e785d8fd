"""A server that plays the interface of GitLab: gives the file of argv[1] to every GET, keeps what is posted in argv[2],
and writes its port into argv[3]."""

import http.server
import pathlib
import sys

give, keep, ready = map(pathlib.Path, sys.argv[1:])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, give.read_bytes())

    def do_POST(self):
        keep.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(201, b"{}")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
ready.write_text(str(server.server_address[1]), encoding="utf-8")
server.serve_forever()
