"""The lab's application for uvicorn: does what behaviour.ini beside it says at every request."""
import asyncio
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


async def application(scope, receive, send):
    if scope['type'] == 'websocket':
        await talk(receive, send)
    elif scope['type'] == 'http':
        await answer(scope, receive, send)


async def answer(scope, receive, send):
    now = behaviour()
    path = scope['path']
    query = {key: values[0] for key, values in parse_qs(scope['query_string'].decode()).items()}
    while (await receive()).get('more_body'):
        pass
    headers = [(b'x-backend', NAME.encode())]
    if path.endswith('/sse'):
        await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-type', b'text/event-stream'), *headers]})
        while True:
            await send({'type': 'http.response.body', 'body': f'data: {time.time()}\n\n'.encode(), 'more_body': True})
            await asyncio.sleep(0.5)
    wait = float(query['ms']) / 1000 if 'ms' in query else latency(now)
    if path.endswith('/block') or now['isBlocking'] == '1':
        time.sleep(wait)  # what a forgotten synchronous call does to an event loop
    else:
        await asyncio.sleep(wait)
    size = int(query.get('bytes', 200))
    headers.append((b'content-length', str(size).encode()))
    if now['closes'] == '1':
        headers.append((b'connection', b'close'))
    await send({'type': 'http.response.start', 'status': int(now['status']), 'headers': headers})
    while size > len(CHUNK):
        await send({'type': 'http.response.body', 'body': CHUNK, 'more_body': True})
        size -= len(CHUNK)
    await send({'type': 'http.response.body', 'body': CHUNK[:size]})


async def talk(receive, send):
    while True:
        message = await receive()
        if message['type'] == 'websocket.connect':
            await send({'type': 'websocket.accept'})
        elif message['type'] == 'websocket.receive':
            await send({'type': 'websocket.send', 'text': 'ok'})
        else:
            return
