// SPDX-License-Identifier: Apache-2.0

package conf

// Severity says what a Diagnostic means for the configuration.
type Severity uint8

// The severities, in rising order.
const (
	Note    Severity = iota // worth knowing; never counted as a mistake
	Warning                 // doubtful, or corrected; everything works
	Error                   // what stands here was left out; the rest works
	Fatal                   // the configuration cannot be run
)

// String gives the word that is printed.
func (s Severity) String() string {
	return [...]string{"note", "warning", "error", "fatal"}[s&3]
}

// Cause says where a problem is to be repaired.
type Cause uint8

// The causes.
const (
	FromConfiguration Cause = iota // the text
	FromEnvironment                // the machine: a missing file, interface, user
)

// String gives the cause as a word.
func (c Cause) String() string {
	if c == FromEnvironment {
		return "environment"
	}
	return "configuration"
}

// Class is the rank that keepalived gives to a message of its configuration
// test: the highest of a run decides the exit code.
type Class uint8

// The classes in keepalived's order.
const (
	ClassOK Class = iota
	ClassNotFound
	ClassBadInterface
	ClassFatal
	ClassMultipleFiles
	ClassUnknownKeyword
	ClassBrace
	ClassQuote
	ClassMissingParameter
	ClassNumber
	ClassGeneral
	ClassWarning
	ClassDeprecated
	ClassSecurity
)

// TestExit gives the exit code of a configuration test (-t) as keepalived's: 0
// nothing to say, 2 a keyword without its argument, 4 a fatal class alone, 5 any
// other mistake, 6 a security warning, which outranks all but the missing
// argument, where keepalived stops at once.
func TestExit(diags []Diagnostic) int {
	worst := ClassOK
	for _, d := range diags {
		if d.Class == ClassMissingParameter {
			return 2
		}
		if d.Severity > Note {
			worst = max(worst, d.Class)
		}
	}
	switch {
	case worst == ClassOK:
		return 0
	case worst <= ClassFatal:
		return 4
	case worst == ClassSecurity:
		return 6
	default:
		return 5
	}
}
