import random
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common


def read_temperature():
    return round(random.triangular(10, 30, 20), 2)


def main():
    temperature = read_temperature()
    try:
        sock = socket.create_connection(common.ADDRESS, timeout=3)
    except OSError as e:
        print("serveur injoignable :", e)
        return
    with sock:
        sock.sendall(common.encode("capteur_nord", temperature))
        sock.shutdown(socket.SHUT_WR)
        try:
            answer = sock.recv(200).decode().strip()
        except OSError:
            answer = ""
    print(f"capteur_nord {temperature} -> {answer or 'pas de réponse'}")


if __name__ == "__main__":
    main()
