class Outil {}
