# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# À chaque mesure, il ajoute 1 Go à son fichier, et recommence tant qu'il reste de la place.
import os
import socket
import sys


def cloisonne():
    """Vrai dans une cloison du correcteur : pas d'autre réseau que lo, et les tunnels que Linux y met parfois."""
    factices = ("lo", "tunl", "sit", "gre", "erspan", "ip6", "ip_vti")
    return all(nom.startswith(factices) for _, nom in socket.if_nameindex())


if not cloisonne():
    sys.exit("Programme hostile, pour les tests du correcteur : il ne fait rien hors d'une cloison.")

s = socket.create_server(("127.0.0.1", 5000))
bloc = os.urandom(1 << 20)  # au hasard : ni trou, ni compression
while True:
    client, _ = s.accept()
    client.recv(1024)
    client.close()
    n = 0
    while True:
        n += 1
        try:
            with open(f"donnees{n}.txt", "ab") as f:
                for _ in range(1024):
                    f.write(bloc)
        except OSError:
            if n > 100_000:
                break
