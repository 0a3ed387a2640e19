import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Enregistre les mesures recues dans donnees.txt : identifiant;temperature;date. */
public class Serveur {
    static final int PORT = 6000;
    static final int LIGNE_MAX = 64 * 1024;
    static final Path FICHIER = Path.of("donnees.txt");

    public static void main(String[] args) throws IOException {
        try (ServerSocket ecoute = new ServerSocket(PORT)) {
            System.out.println("Serveur sur le port " + PORT);
            while (true) {
                Socket client = ecoute.accept();
                Thread fil = new Thread(() -> servir(client));
                fil.setDaemon(true);
                fil.start();
            }
        }
    }

    static void servir(Socket client) {
        try (client; InputStream entree = new BufferedInputStream(client.getInputStream())) {
            String ligne;
            while ((ligne = lireLigne(entree)) != null) {
                if (!ligne.isBlank()) {
                    traiter(ligne);
                }
            }
        } catch (IOException e) {
            System.out.println("connexion perdue : " + e.getMessage());
        }
    }

    /** Une ligne sans sa fin ; null quand il n'y en a plus. */
    static String lireLigne(InputStream entree) throws IOException {
        ByteArrayOutputStream ligne = new ByteArrayOutputStream();
        int octet;
        while ((octet = entree.read()) != -1 && octet != '\n') {
            if (ligne.size() == LIGNE_MAX) {
                throw new IOException("ligne trop longue");
            }
            ligne.write(octet);
        }
        return octet == -1 && ligne.size() == 0 ? null : ligne.toString(StandardCharsets.UTF_8);
    }

    static void traiter(String ligne) throws IOException {
        Map<String, Object> objet;
        try {
            objet = new LecteurJson(ligne).objet();
        } catch (RuntimeException e) {
            System.out.println("JSON invalide : " + e.getMessage());
            return;
        }
        Object id = objet.get("capteur_id");
        Object temperature = objet.get("temperature");
        if (!(id instanceof String) || !(temperature instanceof Nombre)) {
            System.out.println("il manque capteur_id ou temperature");
            return;
        }
        String propre = ((String) id).replaceAll("[\\r\\n]", " ");
        enregistrer(propre + ";" + ((Nombre) temperature).texte + ";" + Instant.now() + "\n");
    }

    static synchronized void enregistrer(String ligne) throws IOException {
        Files.writeString(FICHIER, ligne, StandardCharsets.UTF_8,
                StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        System.out.print(ligne);
    }

    /** Un nombre JSON, garde tel qu'il est ecrit. */
    static class Nombre {
        final String texte;

        Nombre(String texte) {
            Double.parseDouble(texte);
            this.texte = texte;
        }
    }

    /** Lit un objet JSON plat : des textes, des nombres, true, false, null. */
    static class LecteurJson {
        private final String s;
        private int i;

        LecteurJson(String s) {
            this.s = s.strip();
        }

        Map<String, Object> objet() {
            Map<String, Object> membres = new HashMap<>();
            attendre('{');
            blancs();
            if (s.charAt(i) != '}') {
                do {
                    blancs();
                    String nom = texte();
                    blancs();
                    attendre(':');
                    blancs();
                    membres.put(nom, valeur());
                    blancs();
                } while (prendre(','));
            }
            attendre('}');
            if (i != s.length()) {
                throw new IllegalArgumentException("du texte apres l'objet");
            }
            return membres;
        }

        private Object valeur() {
            if (s.charAt(i) == '"') {
                return texte();
            }
            int debut = i;
            while (i < s.length() && ",} \t".indexOf(s.charAt(i)) < 0) {
                i++;
            }
            String mot = s.substring(debut, i);
            switch (mot) {
                case "true": return true;
                case "false": return false;
                case "null": return null;
                default:
                    if (!mot.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?")) {
                        throw new IllegalArgumentException("valeur inattendue");
                    }
                    return new Nombre(mot);
            }
        }

        private String texte() {
            attendre('"');
            StringBuilder b = new StringBuilder();
            while (s.charAt(i) != '"') {
                char c = s.charAt(i++);
                if (c != '\\') {
                    b.append(c);
                    continue;
                }
                char e = s.charAt(i++);
                switch (e) {
                    case 'n': b.append('\n'); break;
                    case 'r': b.append('\r'); break;
                    case 't': b.append('\t'); break;
                    case 'b': b.append('\b'); break;
                    case 'f': b.append('\f'); break;
                    case 'u':
                        b.append((char) Integer.parseInt(s.substring(i, i + 4), 16));
                        i += 4;
                        break;
                    default: b.append(e);
                }
            }
            i++;
            return b.toString();
        }

        private void blancs() {
            while (i < s.length() && Character.isWhitespace(s.charAt(i))) {
                i++;
            }
        }

        private boolean prendre(char c) {
            if (i < s.length() && s.charAt(i) == c) {
                i++;
                return true;
            }
            return false;
        }

        private void attendre(char c) {
            if (!prendre(c)) {
                throw new IllegalArgumentException("'" + c + "' attendu en position " + i);
            }
        }
    }
}
