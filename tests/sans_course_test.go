//go:build !race

package tests

const course = false
