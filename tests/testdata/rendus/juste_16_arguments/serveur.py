#!/usr/bin/env python3
import json
import socket
import sqlite3
import threading
import time
from contextlib import closing

PORT = 65432
BASE = "capteurs.sqlite3"
MAX = 1 << 15
SILENCE = 60  # secondes avant d'abandonner un client muet

verrou = threading.Lock()


def ouvrir():
    conn = sqlite3.connect(BASE, check_same_thread=False)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=NORMAL")
    with conn:
        conn.execute("CREATE TABLE IF NOT EXISTS temperatures"
                     "(capteur_id TEXT NOT NULL, temperature REAL NOT NULL, timestamp INTEGER NOT NULL)")
    return conn


def objets(octets):
    """Les objets JSON d'un texte, à la suite ; None si le dernier est incomplet ou faux."""
    texte = octets.decode("utf-8")
    decodeur = json.JSONDecoder()
    position = 0
    while True:
        while position < len(texte) and texte[position].isspace():
            position += 1
        if position == len(texte):
            return
        try:
            objet, position = decodeur.raw_decode(texte, position)
        except ValueError:
            yield None, texte[position:].encode()
            return
        yield objet, b""


def inserer(conn, objet):
    try:
        rangee = (str(objet["capteur_id"]), float(objet["temperature"]), int(time.time()))
    except (KeyError, TypeError, ValueError) as e:
        print("objet refusé :", e)
        return
    with verrou, conn:
        conn.execute("INSERT INTO temperatures VALUES (?, ?, ?)", rangee)
    print(*rangee)


def client(conn, s, adresse):
    s.settimeout(SILENCE)
    reste = b""
    with s:
        try:
            while len(reste) < MAX:
                bloc = s.recv(4096)
                if not bloc:
                    return
                recu, reste = reste + bloc, b""
                try:
                    for objet, reste in objets(recu):
                        if objet is not None:
                            inserer(conn, objet)
                except UnicodeDecodeError:
                    reste = recu  # un caractère coupé en deux, sans doute
        except OSError as e:
            print(adresse[0], e)


def main():
    with closing(ouvrir()) as conn, socket.socket() as ecoute:
        ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ecoute.bind(("", PORT))
        ecoute.listen()
        while True:
            threading.Thread(target=client, args=(conn, *ecoute.accept()), daemon=True).start()


try:
    main()
except KeyboardInterrupt:
    pass
