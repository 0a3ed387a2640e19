# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il se multiplie sans fin par os.fork, dès son lancement.
import os
import socket
import sys


def cloisonne():
    """Vrai dans une cloison du correcteur : pas d'autre réseau que lo, et les tunnels que Linux y met parfois."""
    factices = ("lo", "tunl", "sit", "gre", "erspan", "ip6", "ip_vti")
    return all(nom.startswith(factices) for _, nom in socket.if_nameindex())


if not cloisonne():
    sys.exit("Programme hostile, pour les tests du correcteur : il ne fait rien hors d'une cloison.")

while True:
    try:
        os.fork()
    except OSError:
        pass  # la limite est atteinte : il insiste
