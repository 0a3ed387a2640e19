import asyncio
import json
import random


async def envoyer(capteur_id: str, temperature: float) -> None:
    _, ecrivain = await asyncio.open_connection("127.0.0.1", 8888)
    message = json.dumps({"capteur_id": capteur_id, "temperature": temperature})
    ecrivain.write(message.encode() + b"\n")
    await ecrivain.drain()
    ecrivain.close()
    await ecrivain.wait_closed()
    print(f"{message} envoyé")


async def main() -> None:
    try:
        await envoyer("sonde-7f3a", round(random.uniform(-10.0, 35.0), 2))
    except OSError as erreur:
        print("Le serveur est injoignable :", erreur)


if __name__ == "__main__":
    asyncio.run(main())
