// SPDX-License-Identifier: Apache-2.0

package conf

// code is one kind of diagnostic. The ids are an interface: they do not change.
type code struct {
	id       string
	severity Severity
	class    Class
	cause    Cause
}

// Of the text.
var (
	codeFileMissing    = code{"file-missing", Fatal, ClassOK, FromEnvironment} // -t of keepalived says 0
	codeMultipleFiles  = code{"multiple-files", Warning, ClassMultipleFiles, FromEnvironment}
	codeEncoding       = code{"encoding", Note, ClassOK, FromConfiguration}
	codeNUL            = code{"nul", Error, ClassGeneral, FromConfiguration}
	codeBlank          = code{"odd-blank", Warning, ClassGeneral, FromConfiguration}
	codeOddQuote       = code{"odd-quote", Warning, ClassQuote, FromConfiguration}
	codeQuote          = code{"quote", Error, ClassQuote, FromConfiguration}
	codeBrace          = code{"brace", Error, ClassBrace, FromConfiguration}
	codeInclude        = code{"include", Error, ClassSecurity, FromEnvironment} // exit 6 as keepalived
	codeIncludeSkipped = code{"include-skipped", Note, ClassOK, FromEnvironment}
	codeMore           = code{"more", Note, ClassOK, FromConfiguration}
	codeTooManyFiles   = code{"too-many-files", Fatal, ClassGeneral, FromConfiguration}
	codeIncludeLoop    = code{"include-loop", Error, ClassGeneral, FromConfiguration}
	codeLongLine       = code{"long-line", Note, ClassOK, FromConfiguration}
	codeParameter      = code{"parameter", Error, ClassBrace, FromConfiguration}
	codeParameterText  = code{"parameter", Note, ClassOK, FromConfiguration}
	codeParameterLoop  = code{"parameter-loop", Fatal, ClassGeneral, FromConfiguration}
	codeCondition      = code{"condition", Note, ClassOK, FromConfiguration}
	codeUnfinished     = code{"definition", Note, ClassOK, FromConfiguration}
	codeSequence       = code{"sequence", Error, ClassGeneral, FromConfiguration}
	codeExpansion      = code{"expansion", Fatal, ClassGeneral, FromConfiguration}
)

// Of keywords and values.
var (
	codeUnknownKeyword = code{"unknown-keyword", Warning, ClassUnknownKeyword, FromConfiguration}
	codeNotSupported   = code{"not-supported-yet", Warning, ClassGeneral, FromConfiguration}
	codePlanned        = code{"planned", Note, ClassOK, FromConfiguration}
	codeNoEffect       = code{"no-effect", Note, ClassOK, FromConfiguration}
	codeMissingBrace   = code{"missing-brace", Error, ClassBrace, FromConfiguration}
	codeMissingArg     = code{"missing-argument", Fatal, ClassMissingParameter, FromConfiguration}
	codeMissingMild    = code{"missing-argument", Error, ClassGeneral, FromConfiguration}
	codeExtraArg       = code{"extra-argument", Warning, ClassGeneral, FromConfiguration}
	codeArgLost        = code{"argument-lost", Note, ClassOK, FromConfiguration}
	codeNumber         = code{"number", Error, ClassNumber, FromConfiguration}
	codePrecision      = code{"precision", Warning, ClassNumber, FromConfiguration}
	codeValue          = code{"value", Error, ClassGeneral, FromConfiguration}
	codeAddress        = code{"address", Error, ClassGeneral, FromConfiguration}
	codeFamily         = code{"address-family", Error, ClassGeneral, FromConfiguration}
	codeDuplicateMild  = code{"duplicate", Note, ClassOK, FromConfiguration}
	codeDuplicate      = code{"duplicate", Error, ClassGeneral, FromConfiguration}
	codePlainOld       = code{"deprecated", Note, ClassOK, FromConfiguration}
	codeSingle         = code{"value", Warning, ClassGeneral, FromConfiguration} // keepalived drops the line
	codeDeprecated     = code{"deprecated", Warning, ClassDeprecated, FromConfiguration}
)

// Of cross-checks.
var (
	codeRequired    = code{"required", Fatal, ClassGeneral, FromConfiguration}
	codeDropped     = code{"dropped", Error, ClassGeneral, FromConfiguration}
	codeConflict    = code{"conflict", Warning, ClassGeneral, FromConfiguration}
	codeAdjusted    = code{"adjusted", Warning, ClassGeneral, FromConfiguration}
	codeDefault     = code{"default", Warning, ClassGeneral, FromConfiguration}
	codeOwner       = code{"address-owner", Note, ClassOK, FromConfiguration}
	codeTrackFixed  = code{"weight-ignored", Warning, ClassGeneral, FromConfiguration}
	codeVRIDInUse   = code{"vrid-in-use", Fatal, ClassGeneral, FromConfiguration}
	codeUnreachable = code{"not-found", Error, ClassGeneral, FromConfiguration}
	codeMail        = code{"mail-incomplete", Note, ClassOK, FromConfiguration}
)

// Of the machine.
var (
	codeInterface      = code{"interface-missing", Fatal, ClassGeneral, FromEnvironment}
	codeInterfaceLate  = code{"interface-missing", Note, ClassOK, FromEnvironment}
	codeInterfaceEntry = code{"interface-missing", Warning, ClassBadInterface, FromEnvironment}
	codeName           = code{"name-missing", Error, ClassGeneral, FromEnvironment}
	codeInterfaceNo    = code{"interface-unsuitable", Fatal, ClassGeneral, FromEnvironment}
	codeAdvertFull     = code{"advert-full", Warning, ClassGeneral, FromEnvironment}
	codeNoMulticast    = code{"no-multicast", Warning, ClassGeneral, FromEnvironment}
	codeUser           = code{"user-missing", Error, ClassGeneral, FromEnvironment}
	codeScript         = code{"script-missing", Error, ClassGeneral, FromEnvironment}
	codeSecurity       = code{"script-security", Warning, ClassSecurity, FromEnvironment} // only scripts that are there count
)
