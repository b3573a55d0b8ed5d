"""情報秘匿（本人の申出）: nobody is told where a patron is found, and no card opens it."""
