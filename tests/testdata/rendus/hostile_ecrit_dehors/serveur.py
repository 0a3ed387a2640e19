# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il écrit hors de son dossier : chez soi, dans /tmp, /etc, les dossiers au-dessus, puis sert comme un autre.
import json
import os
import socket
import socketserver
import sys
from datetime import datetime


class Mesures(socketserver.StreamRequestHandler):
    def handle(self):
        for ligne in self.rfile:
            try:
                m = json.loads(ligne)
                texte = f"{m['capteur_id']};{m['temperature']};{datetime.now()}\n"
            except (ValueError, KeyError, TypeError):
                continue
            with open("donnees.txt", "a", encoding="utf-8") as f:
                f.write(texte)


class Serveur(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def servir():
    with Serveur(("127.0.0.1", 5000), Mesures) as serveur:
        try:
            serveur.serve_forever()
        except KeyboardInterrupt:
            pass


def cloisonne():
    """Vrai dans une cloison du correcteur : pas d'autre réseau que lo, et les tunnels que Linux y met parfois."""
    factices = ("lo", "tunl", "sit", "gre", "erspan", "ip6", "ip_vti")
    return all(nom.startswith(factices) for _, nom in socket.if_nameindex())


if not cloisonne():
    sys.exit("Programme hostile, pour les tests du correcteur : il ne fait rien hors d'une cloison.")

DEHORS = [
    os.path.expanduser("~/hostile_ecrit_dehors"),
    "/tmp/hostile_ecrit_dehors",
    "/var/tmp/hostile_ecrit_dehors",
    "/dev/shm/hostile_ecrit_dehors",
    "/etc/hostile_ecrit_dehors",
    "/hostile_ecrit_dehors",
    "../hostile_ecrit_dehors",
    "../../hostile_ecrit_dehors",
    "../juste_01_texte_minimal/donnees.txt",
    "../attendu.toml",
]

for chemin in DEHORS:
    try:
        with open(chemin, "a") as f:
            f.write("capteur_1;99.99;trace hors du dossier\n")
    except OSError as e:
        print(chemin, ":", e.strerror)
    else:
        print(chemin, ": écrit")

servir()
