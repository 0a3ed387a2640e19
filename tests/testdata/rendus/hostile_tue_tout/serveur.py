# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il écoute, puis tue tout ce qu'il peut : son père, son groupe, tous les processus qu'il voit.
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

s = socket.create_server(("127.0.0.1", 5000))
for signal_ in signal.SIGSTOP, signal.SIGKILL:
    for cible in os.getppid(), 1, -1:
        try:
            os.kill(cible, signal_)
        except OSError as e:
            print("kill", cible, e.strerror, flush=True)
while True:
    client, _ = s.accept()
    os.kill(0, signal.SIGKILL)
