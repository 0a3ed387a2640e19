import datetime
import os
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common

STORE = Path(__file__).resolve().parent / "data" / "readings.txt"
lock = threading.Lock()


def save(sensor_id, temperature):
    with lock, open(STORE, "a", encoding="utf-8") as f:
        f.write(f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S} | {sensor_id} | {temperature}\n")


def serve(sock):
    with sock, sock.makefile("rb") as lines:
        try:
            while line := lines.readline(common.MAX_LINE):
                try:
                    save(*common.decode(line))
                except ValueError as e:
                    sock.sendall(b'{"status": "error"}\n')
                    print("rejected:", e)
                    if not line.endswith(b"\n"):
                        return
                else:
                    sock.sendall(b'{"status": "ok"}\n')
        except OSError:
            pass


def main():
    os.makedirs(STORE.parent, exist_ok=True)
    with socket.create_server(common.ADDRESS) as listener:
        print("listening on", *common.ADDRESS)
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=serve, args=[sock], daemon=True).start()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("stopped")
