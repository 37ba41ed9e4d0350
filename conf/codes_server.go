// SPDX-License-Identifier: Apache-2.0

package conf

// Of virtual servers and their checks.
var (
	codeReplaced = code{"duplicate", Warning, ClassGeneral, FromConfiguration}
	codeProtocol = code{"conflict", Warning, ClassGeneral, FromConfiguration}
	codeNoCheck  = code{"dropped", Error, ClassGeneral, FromConfiguration}
)

// What keepalived accepts, or does, without a word in its configuration test.
var (
	codeRegex       = code{"value", Note, ClassOK, FromConfiguration}
	codeTooLong     = code{"value", Note, ClassOK, FromConfiguration}
	codeOddHex      = code{"value", Note, ClassOK, FromConfiguration}
	codeOldBlock    = code{"deprecated", Note, ClassOK, FromConfiguration}
	codeNoGroup     = code{"not-found", Warning, ClassOK, FromConfiguration}
	codeGroupFamily = code{"address-family", Warning, ClassOK, FromConfiguration}
	codeSameKey     = code{"duplicate", Warning, ClassOK, FromConfiguration}
	codeSameReal    = code{"duplicate", Note, ClassOK, FromConfiguration}
	codeCheckScript = code{"script-missing", Warning, ClassOK, FromEnvironment}
	codeHookUser    = code{"user-missing", Warning, ClassOK, FromEnvironment}
)
