//go:build race

package tests

// Les programmes sont construits comme la suite qui les vérifie : un accès concurrent s'y voit alors aussi.
const course = true
