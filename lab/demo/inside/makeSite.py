"""Makes the first Data.fs of a site, by ZODB itself. usage: makeSite.py FILE"""

import sys

import transaction
import ZODB

database = ZODB.DB(sys.argv[1])
connection = database.open()
connection.root()["number"] = 0
transaction.get().note("0")
transaction.commit()
connection.close()
database.close()
