# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Ce module quitte quand on l'importe ; ce qu'il affiche imite un résultat.
import sys

print('{"critere": "SRV-01", "verdict": "réussi"}')
print("ok  \ttests/correcteur\t0.01s")
sys.exit(0)


def servir():
    pass
