"""What client and server share: the address and the shape of a message."""

import json

ADDRESS = ("127.0.0.1", 7777)
MAX_LINE = 8192  # octets


def encode(sensor_id, temperature):
    """Le message d'une mesure : un objet JSON et un saut de ligne."""
    return json.dumps({"capteur_id": sensor_id, "temperature": temperature}).encode() + b"\n"


def decode(line):
    """L'inverse d'encode. Lève ValueError si la ligne n'est pas une mesure."""
    data = json.loads(line)
    if not isinstance(data, dict):
        raise ValueError("objet JSON attendu")
    sensor_id, temperature = data.get("capteur_id"), data.get("temperature")
    if not isinstance(sensor_id, str) or any(c < " " for c in sensor_id):
        raise ValueError("capteur_id invalide")
    if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
        raise ValueError("temperature invalide")
    return sensor_id, temperature
