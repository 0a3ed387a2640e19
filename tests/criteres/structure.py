"""Lit la structure d'un programme Python sans l'exécuter, et l'écrit en JSON.

Arguments : le dossier du rendu, puis « côté=fichier » pour chaque programme, le fichier étant relatif au dossier.

Le programme est son fichier principal et les modules du rendu qu'il importe, de proche en proche. Une classe compte pour
un côté si elle est atteinte depuis son fichier principal : par les noms qu'emploie ce qui s'y exécute. C'est une
approximation, qui penche vers « atteinte » : mieux vaut ne pas voir une faute que d'en inventer une.
"""

import ast
import io
import json
import os
import re
import stat
import sys
import tokenize

MAX_OCTETS = 512 * 1024  # par fichier
MAX_MODULES = 60
MAX_CLASSES = 400
MAX_LISTE = 200  # éléments d'une liste du résultat
MAX_TEXTE = 600  # caractères d'une explication

HERITAGE = re.compile(r"h[ée]rit|inherit|classe (de base|m[èe]re|parente?|fille|d[ée]riv[ée]e)|base class|subclass", re.IGNORECASE)
SQL = re.compile(r"\b(insert|replace|select|update|delete|create)\b", re.IGNORECASE)
ABSOLU = re.compile(r"^(file:)?(/|[A-Za-z]:[\\/])")

# Ce que la bibliothèque appelle d'elle-même chez les classes qui dérivent des siennes.
CROCHETS = {
    "run", "handle", "setup", "finish", "process_request", "verify_request", "handle_error", "server_bind",
    "server_activate", "service_actions", "connection_made", "data_received", "connection_lost", "eof_received",
    "do_GET", "do_POST", "handle_read", "handle_accepted", "handle_accept",
}
# Des noms que portent aussi les prises, les fichiers et les bases : un appel sur on ne sait quoi n'y prouve rien.
NOMS_COURANTS = {
    "close", "send", "sendall", "recv", "connect", "bind", "listen", "accept", "read", "write", "flush", "start", "join",
    "append", "get", "put", "add", "pop", "items", "keys", "values", "execute", "commit", "encode", "decode", "strip",
    "split", "format", "open", "settimeout", "shutdown", "setsockopt", "fileno",
}
FILS = {
    "threading.Thread", "threading.Timer", "threading.start_new_thread", "_thread.start_new_thread",
    "concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.thread.ThreadPoolExecutor", "multiprocessing.Process", "multiprocessing.Pool",
    "multiprocessing.pool.ThreadPool", "os.fork", "asyncio.run", "asyncio.start_server", "asyncio.gather",
    "asyncio.create_task", "asyncio.to_thread", "asyncio.new_event_loop", "asyncio.get_event_loop", "asyncio.TaskGroup",
    "asyncio.open_connection", "select.select", "select.poll", "select.epoll", "select.kqueue",
    "selectors.DefaultSelector", "selectors.SelectSelector", "selectors.EpollSelector", "socketserver.ThreadingMixIn",
    "socketserver.ThreadingTCPServer", "socketserver.ForkingMixIn", "socketserver.ForkingTCPServer",
    "http.server.ThreadingHTTPServer",
}


class Illisible(Exception):
    """Ce qu'on ne peut pas lire, avec la raison, en français."""


def limiter_memoire():
    """Un fichier fait exprès peut demander des gigaoctets à l'analyseur."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    except (ImportError, ValueError, OSError):
        pass


def ouvrir(racine, chemin):
    """Rend le texte d'un fichier du rendu, en vérifiant qu'il est ordinaire, petit et vraiment dedans."""
    absolu = os.path.realpath(os.path.join(racine, chemin))
    if os.path.commonpath([absolu, racine]) != racine:
        raise Illisible("%s : hors du rendu" % chemin)
    infos = os.stat(absolu)
    if not stat.S_ISREG(infos.st_mode):
        raise Illisible("%s : ce n'est pas un fichier ordinaire" % chemin)
    if infos.st_size > MAX_OCTETS:
        raise Illisible("%s : %d Kio, c'est trop pour être lu" % (chemin, infos.st_size >> 10))
    with open(absolu, "rb") as f:
        return f.read(MAX_OCTETS + 1)


class Module:
    """Un fichier, son arbre, et ce que ses noms désignent."""

    def __init__(self, chemin, octets):
        self.chemin = chemin
        self.arbre = ast.parse(octets, filename=chemin)
        texte = octets
        try:
            codage, _ = tokenize.detect_encoding(io.BytesIO(octets).readline)
            texte = octets.decode(codage, "replace")
        except (SyntaxError, LookupError):
            texte = octets.decode("utf-8", "replace")
        self.lignes = texte.splitlines()
        self.texte = texte
        self.noms = {}  # nom local -> nom complet, d'après les imports
        self.etoiles = []  # modules importés par *
        self.importe = []  # chemins des modules du rendu
        self.constantes = {}  # nom -> chaîne, au niveau du module

    def complet(self, expression):
        """Rend le nom pointé d'une expression, traduit par les imports : t.Thread donne threading.Thread."""
        morceaux = []
        while isinstance(expression, ast.Attribute):
            morceaux.append(expression.attr)
            expression = expression.value
        if isinstance(expression, ast.Subscript) and not morceaux:
            return self.complet(expression.value)
        if not isinstance(expression, ast.Name):
            return ""
        morceaux.append(self.noms.get(expression.id, expression.id))
        return ".".join(reversed(morceaux))


class Classe:
    """Une classe du rendu, et ce qu'elle définit elle-même."""

    def __init__(self, module, noeud):
        self.module = module
        self.noeud = noeud
        self.nom = noeud.name
        self.methodes = {}  # nom -> nœud
        self.attributs = {}  # self.x = ... -> méthodes qui le font ; "" pour le corps de la classe
        self.bases = []  # classes du rendu
        self.bases_dehors = []  # noms complets de bibliothèque
        for n in noeud.body:
            if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.methodes[n.name] = n
            elif isinstance(n, ast.Assign):
                for cible in n.targets:
                    for c in ast.walk(cible):
                        if isinstance(c, ast.Name):
                            self.attributs.setdefault(c.id, set()).add("")
            elif isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name):
                self.attributs.setdefault(n.target.id, set()).add("")
        for nom, methode in self.methodes.items():
            soi = premier_argument(methode)
            for n in ast.walk(methode):
                if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) and est_nom(n.value, soi):
                    self.attributs.setdefault(n.attr, set()).add(nom)

    def ancetres(self):
        """Rend les classes du rendu dont celle-ci hérite, les plus proches d'abord."""
        vues, reste = [], list(self.bases)
        while reste:
            c = reste.pop(0)
            if c is not self and c not in vues:
                vues.append(c)
                reste.extend(c.bases)
        return vues

    def dehors(self):
        """Rend les bases de bibliothèque, les siennes et celles de ses ancêtres."""
        noms = list(self.bases_dehors)
        for a in self.ancetres():
            noms.extend(a.bases_dehors)
        return noms

    def appelee_par_la_bibliotheque(self):
        """Dit si une base de bibliothèque peut appeler d'elle-même les méthodes de cette classe."""
        return any(b.rpartition(".")[2] not in ("ABC", "object", "Generic", "Protocol", "?") for b in self.dehors())

    def est_technique(self):
        """Une erreur ou une énumération n'est ni un capteur ni un serveur."""
        return any(
            re.search(r"(Exception|Error|Warning|KeyboardInterrupt)$|^(enum\.)?(Int|Str)?(Enum|Flag)$|NamedTuple$|TypedDict$|Protocol$", b)
            for b in self.dehors()
        )


def premier_argument(fonction):
    arguments = fonction.args.posonlyargs + fonction.args.args
    return arguments[0].arg if arguments else None


def est_nom(n, nom):
    return nom is not None and isinstance(n, ast.Name) and n.id == nom


class Programme:
    """Tous les modules atteints par les deux fichiers principaux."""

    def __init__(self, racine):
        self.racine = racine
        self.modules = {}  # chemin -> Module
        self.syntaxe = []
        self.illisibles = []

    def charger(self, chemin):
        """Charge un module et ceux qu'il importe."""
        reste = [chemin]
        while reste:
            chemin = reste.pop()
            if chemin in self.modules:
                continue
            if len(self.modules) >= MAX_MODULES:
                self.illisibles.append("plus de %d modules : les autres ne sont pas lus" % MAX_MODULES)
                return
            self.modules[chemin] = None
            try:
                m = Module(chemin, ouvrir(self.racine, chemin))
            except SyntaxError as e:
                self.syntaxe.append("%s:%d : %s" % (chemin, e.lineno or 1, e.msg))
                continue
            except ValueError as e:  # des octets nuls
                self.syntaxe.append("%s:1 : %s" % (chemin, e))
                continue
            except (RecursionError, MemoryError):
                self.illisibles.append("%s : trop imbriqué pour être lu" % chemin)
                continue
            except Illisible as e:
                self.illisibles.append(str(e))
                continue
            except OSError:
                self.illisibles.append("%s : fichier illisible" % chemin)
                continue
            self.modules[chemin] = m
            self.imports(m)
            reste.extend(sorted(set(m.importe)))

    def trouver(self, depuis, nom, niveau):
        """Rend le fichier d'un module du rendu, ou None si c'est un module de bibliothèque."""
        dossier = os.path.dirname(depuis)
        if niveau:
            for _ in range(niveau - 1):
                dossier = os.path.dirname(dossier)
            dossiers = [dossier]
        else:
            dossiers = [dossier, "", os.path.dirname(dossier)]
        suite = nom.replace(".", "/") if nom else "__init__"
        for d in dossiers:
            for fin in (".py", "/__init__.py"):
                chemin = os.path.normpath(os.path.join(d, suite + fin)).replace(os.sep, "/")
                if not chemin.startswith("..") and os.path.isfile(os.path.join(self.racine, chemin)):
                    return chemin
        return None

    def imports(self, m):
        """Note ce que désignent les noms importés : « @chemin:nom » pour ce qui est du rendu."""
        for n in ast.walk(m.arbre):
            if isinstance(n, ast.Import):
                for a in n.names:
                    chemin = self.trouver(m.chemin, a.name, 0)
                    if chemin:
                        m.importe.append(chemin)
                        m.noms[a.asname or a.name.split(".")[0]] = "@" + chemin if a.asname or "." not in a.name else a.name
                    elif a.asname:
                        m.noms[a.asname] = a.name
            elif isinstance(n, ast.ImportFrom):
                chemin = self.trouver(m.chemin, n.module or "", n.level)
                if chemin:
                    m.importe.append(chemin)
                for a in n.names:
                    sous = self.trouver(m.chemin, ((n.module + ".") if n.module else "") + a.name, n.level)
                    if a.name == "*":
                        m.etoiles.append(chemin or n.module or "")
                    elif sous:
                        m.importe.append(sous)
                        m.noms[a.asname or a.name] = "@" + sous
                    elif chemin:
                        m.noms[a.asname or a.name] = "@" + chemin + "." + a.name
                    else:
                        m.noms[a.asname or a.name] = (n.module or "") + "." + a.name
        for n in m.arbre.body:
            if isinstance(n, ast.Assign) and isinstance(n.value, ast.Constant) and isinstance(n.value.value, str):
                for cible in n.targets:
                    if isinstance(cible, ast.Name):
                        m.constantes[cible.id] = n.value.value

    def lus(self):
        return [m for _, m in sorted(self.modules.items()) if m]

    def classer(self):
        """Recense les classes et relie chacune à ses bases."""
        self.classes = []
        self.par_module = {}
        for m in self.lus():
            for n in ast.walk(m.arbre):
                if isinstance(n, ast.ClassDef):
                    c = Classe(m, n)
                    self.classes.append(c)
                    self.par_module.setdefault((m.chemin, c.nom), []).append(c)
        for c in self.classes:
            for b in c.noeud.bases:
                base = self.designe(c.module, b, c)
                if base:
                    c.bases.append(base)
                else:
                    c.bases_dehors.append(c.module.complet(b) or "?")

    def designe(self, m, expression, sauf=None, profondeur=0):
        """Rend la classe du rendu que désigne une expression, ou None."""
        nom = m.complet(expression) if isinstance(expression, ast.AST) else expression
        if not nom or profondeur > 10:
            return None
        if nom.startswith("@"):
            chemin, _, reste = nom[1:].partition(".py")
            chemin, reste = chemin + ".py", reste.lstrip(".")
            autre = self.modules.get(chemin)
            return self.designe_dans(autre, reste, None, profondeur) if autre and reste else None
        c = self.designe_dans(m, nom, sauf, profondeur)
        if c:
            return c
        if "." in nom:  # paquet.module.Classe
            debut, _, fin = nom.rpartition(".")
            chemin = self.trouver(m.chemin, debut, 0)
            if chemin and self.modules.get(chemin):
                return self.designe_dans(self.modules[chemin], fin, None, profondeur)
        return None

    def designe_dans(self, m, nom, sauf, profondeur):
        for c in self.par_module.get((m.chemin, nom), []):
            if c is not sauf:
                return c
        traduit = m.noms.get(nom)
        if traduit and traduit != nom:
            return self.designe(m, traduit, sauf, profondeur + 1)
        for chemin in m.etoiles:
            autre = self.modules.get(chemin)
            if autre and autre is not m:
                c = self.designe_dans(autre, nom, sauf, profondeur + 1) if profondeur < 10 else None
                if c:
                    return c
        return None


def corps_execute(module, principal):
    """Rend ce qui s'exécute au chargement d'un module, sans les corps de ses fonctions et de ses classes."""
    for n in module.arbre.body:
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
            continue
        if not principal and isinstance(n, ast.If) and "__name__" in {x.id for x in ast.walk(n.test) if isinstance(x, ast.Name)}:
            continue
        yield n


class Cote:
    """Ce qui est atteint depuis un fichier principal, et ce qu'on y appelle."""

    def __init__(self, programme, chemin):
        self.p = programme
        self.noeuds = []  # (module, nœud) de tout ce qui peut s'exécuter
        self.atteintes = []  # classes
        self.fonctions = set()
        self.attributs = set()  # tous les .x lus, et les noms passés à getattr
        self.modules = []
        principal = programme.modules.get(chemin)
        if not principal:
            return
        reste = [principal]
        while reste:
            m = reste.pop(0)
            if m in self.modules:
                continue
            self.modules.append(m)
            reste.extend(x for x in (programme.modules.get(c) for c in sorted(set(m.importe))) if x)
        self.definitions = {}  # nom -> fonctions et classes de ce nom
        par_noeud = {c.noeud: c for c in programme.classes}
        for m in self.modules:
            for n in ast.walk(m.arbre):
                if isinstance(n, ast.ClassDef):
                    self.definitions.setdefault(n.name, []).append((m, par_noeud[n]))
                elif isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self.definitions.setdefault(n.name, []).append((m, n))
            for local, complet in m.noms.items():  # import … as …
                if complet.startswith("@"):
                    vrai = complet.rpartition(".")[2]
                    if vrai != local:
                        self.definitions.setdefault(local, []).append((m, vrai))
        for m in self.modules:
            for n in corps_execute(m, m is principal):
                self.visiter(m, n)

    def visiter(self, module, noeud):
        """Suit, sans récursion, les noms qu'emploie un nœud."""
        pile = [(module, noeud)]
        while pile:
            m, n = pile.pop()
            self.noeuds.append((m, n))
            for x in ast.walk(n):
                nom = None
                if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Load):
                    nom = x.id
                elif isinstance(x, ast.Attribute):
                    if isinstance(x.ctx, ast.Load):
                        self.attributs.add(x.attr)
                    nom = x.attr
                elif isinstance(x, ast.Call) and isinstance(x.func, ast.Name) and x.func.id == "getattr":
                    for a in x.args[1:2]:
                        if isinstance(a, ast.Constant) and isinstance(a.value, str):
                            self.attributs.add(a.value)
                if nom:
                    pile.extend(self.atteindre(nom))

    def atteindre(self, nom):
        for m, d in self.definitions.get(nom, []):
            if isinstance(d, str):
                if d != nom:
                    yield from self.atteindre(d)
            elif isinstance(d, Classe):
                for c in [d] + d.ancetres():
                    if c not in self.atteintes:
                        self.atteintes.append(c)
                        yield c.module, c.noeud
            elif d not in self.fonctions:
                self.fonctions.add(d)
                yield m, d

    def utilisee(self, classe):
        """Dit si la classe sert ici elle-même, et non par une classe qui en dérive."""
        for m, n in self.noeuds:
            if n is classe.noeud:
                continue
            for x in ast.walk(n):
                if isinstance(x, (ast.Name, ast.Attribute)) and isinstance(x.ctx, ast.Load):
                    if (x.id if isinstance(x, ast.Name) else x.attr) in (classe.nom, alias(m, classe)) and not dans_les_bases(n, x):
                        return True
        return False

    def appelee(self, classe, nom):
        """Dit si une méthode est appelée, par le programme ou par la bibliothèque."""
        if nom in self.attributs or nom == "__call__":
            return True
        # Ce que la bibliothèque appelle chez les siens ; un décorateur enregistre souvent la méthode.
        return classe.appelee_par_la_bibliotheque() and nom in CROCHETS or bool(classe.methodes[nom].decorator_list) and not nom.startswith("_")


def alias(m, classe):
    for local, complet in m.noms.items():
        if complet.startswith("@" + classe.module.chemin + ".") and complet.endswith("." + classe.nom):
            return local
    return classe.nom


def dans_les_bases(noeud, x):
    return isinstance(noeud, ast.ClassDef) and any(x is y for b in noeud.bases for y in ast.walk(b))


# L'héritage vraiment utilisé.


def est_vide(fonction):
    """Dit si une méthode ne fait rien : pass, ..., raise NotImplementedError, ou seulement une docstring."""
    if any("abstract" in (x.id if isinstance(x, ast.Name) else x.attr) for d in fonction.decorator_list for x in ast.walk(d) if isinstance(x, (ast.Name, ast.Attribute))):
        return True
    for n in fonction.body:
        if isinstance(n, ast.Pass) or isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant):
            continue
        if isinstance(n, ast.Raise) and "NotImplemented" in ast.dump(n):
            continue
        return False
    return True


def travaille(fonction):
    """Dit si un __init__ fait plus que ranger ses arguments et appeler celui de sa base."""
    for n in fonction.body:
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and not appels_de_base(n):
            return True
        if not isinstance(n, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Pass, ast.If, ast.Raise)):
            return True
        if isinstance(n, (ast.Assign, ast.AnnAssign)) and n.value is not None and any(isinstance(x, ast.Call) for x in ast.walk(n.value)):
            return True
    return False


def appels_de_base(noeud):
    """Rend les noms x de super().x et Base.x(self…) dans un nœud, avec leur ligne."""
    trouves = []
    for n in ast.walk(noeud):
        if not isinstance(n, ast.Attribute):
            continue
        v = n.value
        if isinstance(v, ast.Call) and isinstance(v.func, ast.Name) and v.func.id == "super":
            trouves.append((n.attr, n.lineno, None))
    for n in ast.walk(noeud):
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.args and est_nom(n.args[0], "self"):
            trouves.append((n.func.attr, n.lineno, n.func.value))
    return trouves


def initialise(d, ancetre):
    """Dit si le __init__ d'un ancêtre s'exécute quand on crée une instance de d."""
    chaine = [d] + [a for a in d.ancetres() if ancetre in a.ancetres()]
    for c in chaine:
        init = c.methodes.get("__init__")
        if init and not any(nom == "__init__" for nom, _, _ in appels_de_base(init)):
            return False
    return True


def herites(d):
    """Rend ce que d reçoit sans le redéfinir : nom -> (classe qui le définit, « méthode » ou « attribut »)."""
    siens = set(d.methodes) | set(d.attributs)
    recus = {}
    for a in d.ancetres():
        for nom, f in a.methodes.items():
            if nom not in siens and nom not in recus and not est_vide(f) and nom != "__init__":
                recus[nom] = (a, "méthode")
        for nom, ou in a.attributs.items():
            if nom in siens or nom in recus:
                continue
            if "" in ou or ou - {"__init__"} or initialise(d, a):
                recus[nom] = (a, "attribut")
    return recus


def usages(programme, cote, d):
    """Rend ce que la classe dérivée d reçoit de ses bases et dont le programme se sert."""
    trouves = []

    def noter(base, quoi, module, ligne):
        trouves.append({"classe": d.nom, "base": base.nom, "quoi": quoi, "fichier": module.chemin, "ligne": ligne})

    recus = herites(d)
    for nom, methode in d.methodes.items():
        soi = premier_argument(methode)
        for appele, ligne, explicite in appels_de_base(methode):
            if explicite is not None and programme.designe(d.module, explicite) not in d.ancetres():
                continue
            for a in d.ancetres():
                f = a.methodes.get(appele)
                if f and not est_vide(f) and (appele != "__init__" or travaille(f)):
                    noter(a, "méthode " + appele, d.module, ligne)
                    break
        for n in ast.walk(methode):
            if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load) and est_nom(n.value, soi) and n.attr in recus:
                base, genre = recus[n.attr]
                noter(base, "%s %s" % (genre, n.attr), d.module, n.lineno)
    # La bibliothèque appelle elle-même ce qu'une base du rendu définit pour elle : run, handle…
    if d.appelee_par_la_bibliotheque():
        for nom in sorted(CROCHETS & set(recus)):
            noter(recus[nom][0], "méthode " + nom, d.module, d.noeud.lineno)
    # Un constructeur reçu tel quel.
    if "__init__" not in d.methodes:
        for a in d.ancetres():
            init = a.methodes.get("__init__")
            if init and not est_vide(init):
                for m, n in cote.noeuds:
                    for x in ast.walk(n):
                        if isinstance(x, ast.Call) and (x.args or x.keywords or travaille(init)) and nom_final(x.func) in (d.nom, alias(m, d)):
                            noter(a, "constructeur", m, x.lineno)
                break
    # Demandé à une instance, hors de ses propres méthodes.
    for m, n in cote.noeuds:
        if n is d.noeud:
            continue
        types = types_des_variables(programme, m)
        for x in ast.walk(n):
            if not (isinstance(x, ast.Attribute) and isinstance(x.ctx, ast.Load) and x.attr in recus):
                continue
            sortes = set()
            if isinstance(x.value, ast.Call):
                c = programme.designe(m, x.value.func)
                sortes = {c} if c else set()
            elif isinstance(x.value, (ast.Name, ast.Attribute)):
                sortes = types.get(m.complet(x.value), set())
            # D'une variable dont on ne sait rien, un nom courant ne prouve rien : c'est souvent une prise.
            devine = not sortes and x.attr not in NOMS_COURANTS and recus[x.attr][1] == "méthode" and not est_nom(x.value, "self")
            if d in sortes or None in sortes or devine:
                base, genre = recus[x.attr]
                noter(base, "%s %s" % (genre, x.attr), m, x.lineno)
    return trouves


def nom_final(expression):
    if isinstance(expression, ast.Name):
        return expression.id
    return expression.attr if isinstance(expression, ast.Attribute) else ""


def types_des_variables(programme, m):
    """Rend, pour chaque variable du module, les classes du rendu dont elle peut tenir une instance.

    None dans ces classes : le résultat d'une fonction du rendu, qui peut être n'importe laquelle.
    """
    if hasattr(m, "types"):
        return m.types
    m.types = {}
    fonctions = {n.name for x in programme.lus() for n in ast.walk(x.arbre) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}

    def noter(cible, classe):
        if isinstance(cible, (ast.Name, ast.Attribute)):
            m.types.setdefault(m.complet(cible), set()).add(classe)

    def annoter(cible, annotation):
        base = programme.designe(m, annotation)
        for c in programme.classes if base else []:
            if c is base or base in c.ancetres():
                noter(cible, c)

    for n in ast.walk(m.arbre):
        paires = []
        if isinstance(n, ast.Assign):
            paires = [(c, n.value) for c in n.targets]
        elif isinstance(n, (ast.AnnAssign, ast.NamedExpr)):
            paires = [(n.target, n.value)]
            if isinstance(n, ast.AnnAssign):
                annoter(n.target, n.annotation)
        elif isinstance(n, (ast.With, ast.AsyncWith)):
            paires = [(i.optional_vars, i.context_expr) for i in n.items]
        elif isinstance(n, ast.arg) and n.annotation is not None:
            annoter(ast.Name(id=n.arg), n.annotation)
        for cible, valeur in paires:
            if isinstance(valeur, ast.Await):
                valeur = valeur.value
            if isinstance(valeur, ast.Call):
                c = programme.designe(m, valeur.func)
                if c or nom_final(valeur.func) in fonctions:
                    noter(cible, c)
    return m.types


# Documentation, fils d'exécution, SQL, chemins.


def documente(module, noeud):
    """Dit si une classe ou une méthode a une docstring, ou un commentaire au-dessus ou dedans.

    Les commentaires des méthodes d'une classe ne sont pas ceux de la classe.
    """
    if (ast.get_docstring(noeud) or "").strip():
        return True
    debut = min([noeud.lineno] + [d.lineno for d in noeud.decorator_list])
    fin = noeud.end_lineno
    if isinstance(noeud, ast.ClassDef):
        methodes = [n for n in noeud.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
        if methodes:
            premiere = min([methodes[0].lineno] + [d.lineno for d in methodes[0].decorator_list])
            fin = premiere - 1
            while fin > noeud.lineno and est_commentaire(module.lignes[fin - 1]):
                fin -= 1  # celui-là parle de la méthode
    lignes = module.lignes[noeud.lineno - 1 : max(fin, noeud.lineno)]
    if debut >= 2 and est_commentaire(module.lignes[debut - 2]):
        return True
    return any(est_commentaire(l) or re.search(r"[:,)\w]\s+#\s*\w", l) for l in lignes)


def est_commentaire(ligne):
    return re.match(r"\s*#+[\s#=*-]*\w", ligne) is not None


def commentaires(module):
    """Rend les blocs de commentaires, avec leur ligne."""
    blocs, precedente = [], -2
    try:
        for t in tokenize.generate_tokens(io.StringIO(module.texte).readline):
            if t.type == tokenize.COMMENT:
                texte = t.string.lstrip("#!").strip()
                if t.start[0] == precedente + 1:
                    blocs[-1][1] += " " + texte
                else:
                    blocs.append([t.start[0], texte])
                precedente = t.start[0]
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass
    return blocs


def explications(module):
    for n in ast.walk(module.arbre):
        if isinstance(n, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            doc = ast.get_docstring(n)
            if doc and HERITAGE.search(doc):
                yield getattr(n, "lineno", 1), " ".join(doc.split())
    for ligne, texte in commentaires(module):
        if HERITAGE.search(texte):
            yield ligne, texte


def fils(module):
    for n in ast.walk(module.arbre):
        if isinstance(n, (ast.Name, ast.Attribute)) and isinstance(n.ctx, ast.Load):
            nom = module.complet(n)
            if nom in FILS or any(nom == f.rpartition(".")[2] and f.rpartition(".")[0] in module.etoiles for f in FILS):
                yield n.lineno, nom
        elif isinstance(n, ast.AsyncFunctionDef):
            yield n.lineno, "async def " + n.name


def sql_concatene(module):
    """Rend les requêtes SQL où une valeur est collée au texte."""
    affectations = {}
    for n in ast.walk(module.arbre):
        if isinstance(n, ast.Assign):
            for cible in n.targets:
                if isinstance(cible, ast.Name):
                    affectations.setdefault(cible.id, []).append(n.value)
    for n in ast.walk(module.arbre):
        if isinstance(n, ast.Call) and nom_final(n.func) in ("execute", "executemany", "executescript") and n.args:
            requetes = [n.args[0]]
            if isinstance(n.args[0], ast.Name):
                requetes = affectations.get(n.args[0].id, [])
            if any(collee(r) for r in requetes):
                yield n.lineno, "requête SQL composée avec ses valeurs"


def collee(requete):
    valeurs, textes = [], []
    for n in ast.walk(requete):
        if isinstance(n, ast.Constant) and isinstance(n.value, str):
            textes.append(n.value)
        elif isinstance(n, ast.FormattedValue):
            valeurs.append(n.value)
    if isinstance(requete, ast.BinOp) and isinstance(requete.op, (ast.Add, ast.Mod)):
        pile = [requete]
        while pile:
            n = pile.pop()
            if isinstance(n, ast.BinOp):
                pile.extend([n.left, n.right])
            elif isinstance(n, (ast.Tuple, ast.List)):
                pile.extend(n.elts)
            elif not isinstance(n, (ast.Constant, ast.JoinedStr)):
                valeurs.append(n)
    elif isinstance(requete, ast.Call) and nom_final(requete.func) == "format":
        valeurs.extend(requete.args)
        valeurs.extend(k.value for k in requete.keywords)
    # Le nom d'une table ne peut pas être un paramètre : l'écrire dans la requête est normal.
    valeurs = [v for v in valeurs if not (nom_final(v).isupper() or "table" in nom_final(v).lower())]
    return bool(valeurs) and SQL.search(" ".join(textes)) is not None


def chemins_absolus(module):
    for n in ast.walk(module.arbre):
        if isinstance(n, ast.Call) and nom_final(n.func) in ("open", "connect", "Path", "FileHandler", "create_engine", "makedirs"):
            for a in n.args[:1] + [k.value for k in n.keywords if k.arg in ("file", "database", "filename", "name")]:
                texte = a.value if isinstance(a, ast.Constant) else module.constantes.get(nom_final(a))
                if isinstance(texte, str) and ABSOLU.match(texte) and not texte.startswith("/dev/"):
                    yield n.lineno, texte[:200]


def reseau(classe):
    """Dit ce qu'une classe fait du réseau : « client », « serveur », les deux, ou rien."""
    vus = set()
    for n in ast.walk(classe.noeud):
        nom = nom_final(n) if isinstance(n, (ast.Name, ast.Attribute)) else ""
        if nom in ("bind", "listen", "accept", "create_server", "start_server", "serve_forever"):
            vus.add("serveur")
        elif nom in ("connect_ex", "create_connection", "open_connection") or nom == "connect" and "sqlite" not in classe.module.complet(n):
            vus.add("client")
    if any(b.startswith("socketserver.") for b in classe.bases_dehors):
        vus.add("serveur")
    nom = classe.nom.lower()
    if not vus and re.search(r"client|capteur|sensor|emetteur", nom):
        vus.add("client")
    if not vus and re.search(r"serv|recepteur", nom):
        vus.add("serveur")
    return vus


def famille(programme, classe):
    """Rend les classes liées à celle-ci par l'héritage."""
    return [c for c in programme.classes if c is classe or c in classe.ancetres() or classe in c.ancetres()]


def analyser(racine, principaux):
    programme = Programme(racine)
    for chemin in principaux.values():
        programme.charger(chemin)
    programme.classer()
    if len(programme.classes) > MAX_CLASSES:
        return {"illisibles": ["%d classes, c'est trop pour être lu" % len(programme.classes)]}
    cotes = {nom: Cote(programme, chemin) for nom, chemin in principaux.items()}
    meme = len(set(principaux.values())) < len(principaux)
    classes, utiles = [], []
    for c in sorted(programme.classes, key=lambda c: (c.module.chemin, c.noeud.lineno, c.nom)):
        chez = [nom for nom, cote in cotes.items() if c in cote.atteintes]
        if meme:  # un seul fichier pour les deux : ce que la classe fait du réseau la place
            vus = set().union(*(reseau(x) for x in famille(programme, c)))
            chez = [nom for nom in chez if not vus or nom in vus]
        methodes = []
        for nom, n in c.methodes.items():
            methodes.append({
                "nom": nom, "ligne": n.lineno, "documentee": documente(c.module, n), "vide": est_vide(n), "privee": nom.startswith("_"),
                "appelee": any(cotes[k].appelee(c, nom) for k in chez),
            })
        classes.append({
            "nom": c.nom, "fichier": c.module.chemin, "ligne": c.noeud.lineno, "documentee": documente(c.module, c.noeud),
            "bases": [b.nom for b in c.bases] + c.bases_dehors, "bases_du_rendu": [b.nom for b in c.bases],
            "ancetres": [a.nom for a in c.ancetres()], "methodes": methodes, "cotes": chez, "technique": c.est_technique(),
            "employee": any(cotes[k].utilisee(c) for k in chez),
        })
        for k in chez if c.bases else []:
            for u in usages(programme, cotes[k], c):
                u["cote"] = k
                if u not in utiles:
                    utiles.append(u)
    resultat = {"classes": classes[:MAX_LISTE], "usages": utiles[:MAX_LISTE], "syntaxe": programme.syntaxe, "illisibles": programme.illisibles}
    for nom, chercher in (("fils", fils), ("explication", explications), ("sql_concatene", sql_concatene), ("chemins_absolus", chemins_absolus)):
        vus = []
        for m in programme.lus():
            for ligne, texte in sorted(set(chercher(m))):
                vus.append("%s:%d : %s" % (m.chemin, ligne, texte[:MAX_TEXTE]))
        resultat[nom] = vus[:MAX_LISTE]
    return resultat


def main():
    limiter_memoire()
    racine = os.path.realpath(sys.argv[1])
    principaux = dict(a.split("=", 1) for a in sys.argv[2:])
    try:
        resultat = analyser(racine, principaux)
    except (RecursionError, MemoryError):
        resultat = {"illisibles": ["le programme est trop imbriqué pour être lu"]}
    sys.stdout.write(json.dumps(resultat))


main()
