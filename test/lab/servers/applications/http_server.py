"""The lab's application for http.server: NAME BEHAVIOUR_FILE HOST PORT."""
import random
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

NAME, BEHAVIOUR, HOST, PORT = sys.argv[1:]


def behaviour():
    with open(BEHAVIOUR, encoding='ascii') as lines:
        return dict(line.strip().split('=', 1) for line in lines if '=' in line)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        now = behaviour()
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        length = int(self.headers.get('content-length', 0))
        if length > 0:
            self.rfile.read(length)
        usual = now['tailMs'] if random.random() < float(now['tailShare']) else now['latencyMs']
        time.sleep(float(query.get('ms', usual)) / 1000)
        body = b'x' * int(query.get('bytes', 200))
        self.send_response(int(now['status']))
        self.send_header('content-length', str(len(body)))
        self.send_header('x-backend', NAME)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer.request_queue_size = 128
ThreadingHTTPServer((HOST, int(PORT)), Handler).serve_forever()
