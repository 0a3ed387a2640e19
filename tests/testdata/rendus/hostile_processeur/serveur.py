# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il tourne à vide dans plusieurs processus, ignore Ctrl-C et SIGTERM, et n'écoute jamais.
import multiprocessing
import signal

for s in signal.SIGINT, signal.SIGTERM, signal.SIGXCPU:
    signal.signal(s, signal.SIG_IGN)


def tourner():
    while True:
        pass


if __name__ == "__main__":
    for _ in range(3):
        multiprocessing.Process(target=tourner).start()
    tourner()
