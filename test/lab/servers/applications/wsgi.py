"""The lab's application for gunicorn and waitress: does what behaviour.ini beside it says at every request."""
import os
import random
import time
from urllib.parse import parse_qs

NAME = os.environ['LAB_NAME']
BEHAVIOUR = os.environ['LAB_BEHAVIOUR']
CHUNK = b'x' * 65536


def behaviour():
    with open(BEHAVIOUR, encoding='ascii') as lines:
        return dict(line.strip().split('=', 1) for line in lines if '=' in line)


def latency(now):
    if random.random() < float(now['tailShare']):
        return float(now['tailMs']) / 1000
    return float(now['latencyMs']) / 1000


def application(environ, start_response):
    now = behaviour()
    path = environ['PATH_INFO']
    query = {key: values[0] for key, values in parse_qs(environ['QUERY_STRING']).items()}
    while environ['wsgi.input'].read(65536):
        pass
    if path.endswith('/sse'):
        start_response('200 OK', [('content-type', 'text/event-stream'), ('x-backend', NAME)])
        return events()
    time.sleep(float(query['ms']) / 1000 if 'ms' in query else latency(now))
    size = int(query.get('bytes', 200))
    headers = [('content-length', str(size)), ('x-backend', NAME)]
    start_response(f"{now['status']} {'OK' if now['status'] == '200' else 'Error'}", headers)
    return body(size)


def body(size):
    while size > 0:
        yield CHUNK[:size]
        size -= len(CHUNK)


def events():
    while True:
        yield f'data: {time.time()}\n\n'.encode()
        time.sleep(0.5)
