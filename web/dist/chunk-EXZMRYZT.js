var k={markdown:"markdown-worker-LNDCI2YC.js",html:"html-worker-PZVMFJTQ.js",table:"table-worker-L4IXWTDF.js"};export{k as a};
