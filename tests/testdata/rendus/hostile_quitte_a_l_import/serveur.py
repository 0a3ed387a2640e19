# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il quitte dès l'import de son module, avec un code de réussite, et se dit juste.
import outils

outils.servir()
