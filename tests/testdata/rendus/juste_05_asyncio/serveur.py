import asyncio
import json
import signal
import sqlite3
from pathlib import Path

BASE = Path(__file__).parent / "temperatures.sqlite"
LIMITE = 2**16  # octets par message


def ouvrir_base() -> sqlite3.Connection:
    base = sqlite3.connect(BASE)
    base.execute(
        "CREATE TABLE IF NOT EXISTS releves ("
        " capteur_id TEXT, temperature REAL, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP)"
    )
    base.commit()
    return base


def extraire(ligne: bytes) -> tuple[str, float]:
    message = json.loads(ligne)
    match message:
        case {"capteur_id": str(capteur_id), "temperature": int() | float() as temperature}:
            return capteur_id, temperature
    raise ValueError("capteur_id et temperature attendus")


async def servir(base, lecteur: asyncio.StreamReader, ecrivain: asyncio.StreamWriter) -> None:
    try:
        while ligne := await lecteur.readline():
            if not ligne.strip():
                continue
            try:
                releve = extraire(ligne)
            except ValueError as erreur:
                print("refusé :", erreur)
                continue
            with base:
                base.execute("INSERT INTO releves (capteur_id, temperature) VALUES (?, ?)", releve)
            print("%s : %s °C" % releve)
    except (ConnectionError, ValueError) as erreur:  # ValueError : ligne plus longue que LIMITE
        print("connexion abandonnée :", erreur)
    except asyncio.CancelledError:
        pass  # le serveur s'arrête
    finally:
        ecrivain.close()


async def main() -> None:
    base = ouvrir_base()
    fin = asyncio.Event()
    try:
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, fin.set)
    except NotImplementedError:  # Windows
        pass
    serveur = await asyncio.start_server(lambda l, e: servir(base, l, e), "127.0.0.1", 8888, limit=LIMITE)
    print("à l'écoute sur", serveur.sockets[0].getsockname())
    await fin.wait()
    serveur.close()
    base.close()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
