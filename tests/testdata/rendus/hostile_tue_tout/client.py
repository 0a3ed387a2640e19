# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il tue tout ce qu'il peut : son père, son groupe, tous les processus qu'il voit.
import os
import signal
import socket
import sys


def cloisonne():
    """Vrai dans une cloison du correcteur : pas d'autre réseau que lo, et les tunnels que Linux y met parfois."""
    factices = ("lo", "tunl", "sit", "gre", "erspan", "ip6", "ip_vti")
    return all(nom.startswith(factices) for _, nom in socket.if_nameindex())


if not cloisonne():
    sys.exit("Programme hostile, pour les tests du correcteur : il ne fait rien hors d'une cloison.")

for s in signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL:
    for cible in os.getppid(), 1, -1:
        try:
            os.kill(cible, s)
        except OSError as e:
            print("kill", cible, e.strerror, flush=True)
