package releve

// sansSuivre n'a pas d'équivalent : os.Root refuse déjà les liens qui sortent du dossier.
const sansSuivre = 0
