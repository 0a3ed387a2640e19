import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;

/** Envoie une temperature tiree au hasard. */
class Client {
    static final String HOTE = "localhost";
    static final int PORT = 6000;

    public static void main(String[] args) {
        double temperature = 20 + 5 * new Random().nextGaussian();
        String message = String.format(Locale.ROOT,
                "{\"capteur_id\": \"%s\", \"temperature\": %.2f}%n", "capteur_java", temperature);
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(HOTE, PORT), 3000);
            OutputStream sortie = socket.getOutputStream();
            sortie.write(message.getBytes(StandardCharsets.UTF_8));
            sortie.flush();
            System.out.print("Envoi : " + message);
        } catch (IOException e) {
            System.err.println("Serveur injoignable : " + e.getMessage());
            System.exit(1);
        }
    }
}
