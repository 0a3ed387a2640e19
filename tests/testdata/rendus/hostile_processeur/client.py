# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il tourne à vide, et n'envoie jamais rien.
import threading


def tourner():
    while True:
        pass


for _ in range(4):
    threading.Thread(target=tourner).start()
tourner()
