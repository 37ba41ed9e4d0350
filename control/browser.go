// SPDX-License-Identifier: Apache-2.0

package control

import (
	"errors"
	"net/http"

	"vipward/control/page"
)

// errForeign is what a browser is told that another site sends.
var errForeign = &statusError{http.StatusForbidden, errors.New("a browser may not ask this for another site")}

// safeFromBrowsers refuses what a foreign site makes a browser ask: where the socket is
// forwarded to a port of an operator's machine, every page that is open there can send
// requests to it. A program sends none of the headers that this goes by.
func safeFromBrowsers(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		browser := q.Header.Get("Sec-Fetch-Site") != "" || q.Header.Get("Origin") != ""
		if browser && !page.OwnName(q.Host, "") || origin.Check(q) != nil {
			writeError(w, errForeign)
			return
		}
		next.ServeHTTP(w, q)
	})
}
