"""Name lists of Los Angeles, by origin, commonest first; all made up into people by generate.py.

`GROUPS` maps an origin to (weight, given names of women, of men, surnames). Korean and Chinese
given names are composed of two syllables in generate.py; the lists here hold the first and second
syllables. `NICKNAMES` maps a given name to what people call themselves instead.
"""


def _split(text):
    return [name.strip() for name in text.replace("\n", ",").split(",") if name.strip()]


HISPANIC_WOMEN = _split("""
María, Guadalupe, Ana, Jessica, Elizabeth, Patricia, Rosa, Leticia, Sandra, Gabriela, Verónica, Claudia, Karina, Daniela
Alejandra, Cecilia, Mónica, Norma, Yesenia, Cynthia, Erika, Adriana, Maribel, Silvia, Martha, Diana, Jennifer, Vanessa
Stephanie, Andrea, Carolina, Lorena, Teresa, Irma, Beatriz, Esmeralda, Marisol, Susana, Brenda, Nancy, Jazmín, Araceli
Angélica, Liliana, Rocío, Blanca, Catalina, Isabel, Lucía, Sofía, Valeria, Ximena, Natalia, Mariana, Fernanda, Camila
Paola, Mayra, Dulce, Itzel, Citlali, Xóchitl, Graciela, Esperanza, Dolores, Concepción, Rosario, Margarita, Juana, Elvira
Gloria, Alma, Consuelo, Estela, Evelyn, Ruby, Perla, Wendy, Marisela, Noemí, Raquel, Miriam, Evangelina, Ofelia, Yolanda
Socorro, Luz, Elena, Julia, Lourdes, Josefina, Francisca, Antonia, Amalia, Belén, Inés, Pilar, Tatiana, Viviana, Zulema
""")
HISPANIC_MEN = _split("""
José, Juan, Luis, Jesús, Carlos, Miguel, Jorge, Francisco, Antonio, Manuel, David, Daniel, Alejandro, Ricardo, Roberto
Fernando, Eduardo, Javier, Rafael, Sergio, Raúl, Pedro, Mario, Oscar, Andrés, Héctor, Víctor, Martín, Arturo, Enrique
Ramón, Salvador, Gerardo, Alfredo, Alberto, Julio, César, Armando, Rubén, Jaime, Guillermo, Ernesto, Ángel, Gabriel
Iván, Hugo, Edgar, Rodrigo, Gustavo, Marco, Pablo, Ignacio, Adrián, Cristian, Diego, Emilio, Esteban, Felipe, Gilberto
Joaquín, Leonardo, Mauricio, Moisés, Nicolás, Noé, Octavio, Omar, Rigoberto, Rodolfo, Rogelio, Santiago, Saúl, Tomás
Ulises, Abel, Alonso, Benjamín, Efraín, Elías, Fidel, Gonzalo, Humberto, Isaac, Ismael, Lorenzo, Matías, Simón, Uriel
""")
HISPANIC_SURNAMES = _split("""
García, Hernández, López, Martínez, González, Rodríguez, Pérez, Sánchez, Ramírez, Flores, Torres, Gómez, Rivera, Díaz
Reyes, Morales, Cruz, Ortiz, Gutiérrez, Chávez, Ramos, Ruiz, Mendoza, Álvarez, Jiménez, Castillo, Vásquez, Romero, Moreno
Castro, Vargas, Aguilar, Guzmán, Herrera, Medina, Muñoz, Rojas, Contreras, Salazar, Luna, Estrada, Ortega, Soto, Silva
Juárez, Domínguez, Guerrero, Delgado, Ríos, Alvarado, Sandoval, Núñez, Vega, Cervantes, Ayala, Campos, Lara, Espinoza
Navarro, Mejía, Valdez, Figueroa, Fuentes, Cortez, Rosales, Carrillo, Acosta, Molina, Padilla, Ávila, Solís, Maldonado
Zúñiga, Orozco, Ochoa, Velásquez, Pacheco, Serrano, Villanueva, Robles, Ibarra, Cárdenas, Barajas, Trujillo, Escobar
Valencia, Márquez, Cabrera, Calderón, Salinas, Peña, Meza, Rangel, Camacho, Macías, Arellano, Zamora, Villa, Montes, Duarte
Beltrán, Tapia, Gallegos, Magaña, Cisneros, Bautista, Becerra, Murillo, Corona, Rosas, Nava, Lozano, Partida, Quintero
Galindo, Barrera, Andrade, Arroyo, Bravo, Carranza, Esquivel, Félix, Gaytán, Huerta, Jaramillo, Landeros, Madrigal, Negrete
Olivares, Palacios, Quezada, Rentería, Saldaña, Tinoco, Urrutia, Villaseñor, Ybarra, Zavala, Zepeda, Argueta, Bonilla
Chicas, Escalante, Funes, Guardado, Henríquez, Iraheta, Menjívar, Portillo, Rivas, Sorto, Turcios, Umaña, Ventura, Xitumul
Ajanel, Tzoc, de la Cruz, de la Torre, de León, del Río, de los Santos, Ponce de León, Montes de Oca, de la Rosa
""")
ANGLO_WOMEN = _split("""
Jennifer, Jessica, Sarah, Emily, Amanda, Elizabeth, Ashley, Katherine, Megan, Lauren, Rachel, Samantha, Nicole, Rebecca
Stephanie, Christine, Amy, Melissa, Michelle, Kimberly, Laura, Lisa, Susan, Karen, Mary, Margaret, Anne, Julie, Heather
Allison, Erin, Hannah, Emma, Olivia, Abigail, Madison, Grace, Natalie, Victoria, Alexandra, Caroline, Claire, Molly, Kelly
Kathleen, Deborah, Barbara, Nancy, Linda, Sandra, Donna, Carol, Sharon, Cynthia, Pamela, Janet, Catherine, Diane, Theresa
Jacqueline, Judith, Christina, Danielle, Andrea, Courtney, Lindsay, Brittany, Kristen, Chelsea, Haley, Paige, Morgan, Jordan
Taylor, Holly, April, Dana, Robin, Leslie, Tracy, Wendy, Joan, Virginia, Alice, Ruth, Helen, Eleanor, Rose, Lucy, Sophie
Charlotte, Amelia, Audrey, Brooke, Casey, Dorothy, Ellen, Frances, Gail, Harriet, Irene, Jill, Leah, Martha, Naomi, Penelope
""")
ANGLO_MEN = _split("""
Michael, Christopher, Matthew, David, James, John, Robert, William, Daniel, Joseph, Andrew, Ryan, Brian, Kevin, Thomas
Steven, Jason, Eric, Mark, Jeffrey, Richard, Timothy, Scott, Benjamin, Nicholas, Jonathan, Anthony, Patrick, Adam, Justin
Tyler, Kyle, Alexander, Samuel, Zachary, Jacob, Ethan, Nathan, Peter, Paul, George, Edward, Charles, Kenneth, Gregory
Stephen, Douglas, Dennis, Gary, Larry, Ronald, Donald, Raymond, Lawrence, Albert, Henry, Jack, Luke, Evan, Connor, Sean
Ian, Colin, Craig, Derek, Travis, Trevor, Joel, Philip, Russell, Vincent, Walter, Gerald, Frederick, Theodore, Leonard
Martin, Max, Noah, Owen, Simon, Toby, Wesley, Arthur, Calvin, Curtis, Dean, Elliott, Frank, Graham, Howard, Julian, Keith
""")
ANGLO_SURNAMES = _split("""
Smith, Johnson, Miller, Brown, Williams, Jones, Davis, Anderson, Wilson, Taylor, Moore, Martin, Thompson, White, Clark
Lewis, Hall, Allen, Young, King, Wright, Hill, Scott, Green, Adams, Baker, Nelson, Mitchell, Campbell, Roberts, Phillips
Evans, Turner, Parker, Collins, Edwards, Stewart, Morris, Murphy, Cook, Rogers, Peterson, Cooper, Reed, Bailey, Kelly
Howard, Cox, Ward, Richardson, Wood, Watson, Bennett, Gray, Hughes, Price, Myers, Long, Foster, Sanders, Ross, Sullivan
Russell, Fisher, Henderson, Cole, Patterson, Jordan, Reynolds, Hamilton, Graham, Wallace, West, Stone, Hayes, Ellis
Gibson, Cohen, Levy, Goldberg, Friedman, Kaplan, Schwartz, Katz, Rosen, Shapiro, Weiss, Klein, Meyer, Schmidt, Hoffman
Wagner, Becker, Schneider, Zimmerman, Schultz, Weber, Larson, Olson, Hansen, Jensen, Carlson, Swanson, Lindberg, O'Brien
O'Connor, O'Neill, McCarthy, McDonald, Fitzgerald, Gallagher, Doyle, Ryan, Walsh, Burke, Kennedy, Quinn, Russo, Esposito
Romano, Colombo, Marino, Rossi, Bianchi, DeLuca, Ferrari, Kowalski, Nowak, Wozniak, Novak, Petrov, Ivanov, Sokolov
Volkov, Abbott, Barnes, Blake, Boyd, Bradley, Brooks, Burns, Carr, Chapman, Cross, Dunn, Ferguson, Fleming, Fox, Garner
Gordon, Grant, Hale, Hart, Hawkins, Holmes, Hunt, Kerr, Lambert, Lane, Lawson, Marsh, Mason, Newton, Nichols, Norris
Page, Palmer, Perry, Porter, Powell, Pratt, Quigley, Ramsey, Rhodes, Sharp, Spencer, Steele, Tucker, Vaughn, Wade, Webb
Van Dyke, Van Buren, von Braun, St. John, Underwood, Whitaker, Yates, York, Zeller, Ashworth, Birch, Calloway, Dalton
""")
BLACK_WOMEN = _split("""
Keisha, Latoya, Tiffany, Ebony, Jasmine, Danielle, Brianna, Kimberly, Monique, Tamika, Aaliyah, Imani, Kayla, Alexis
Angela, Crystal, Candace, Denise, Dominique, Erica, Felicia, Gloria, Janelle, Kenya, Lakisha, Latasha, Makayla, Nia
Precious, Raven, Shanice, Simone, Tanisha, Tasha, Tanya, Toni, Vanessa, Yolanda, Yvette, Zaria, Adrienne, Camille
Charlene, Deja, Essence, Gabrielle, Jada, Kiara, Lashawn, Michelle, Naomi, Patrice, Renee, Sheila, Sierra, Valerie
""")
BLACK_MEN = _split("""
Marcus, Andre, Terrence, Jamal, Darius, Malik, Tyrone, Isaiah, Xavier, Anthony, Reginald, Darnell, Maurice, Kevin
Christopher, Michael, James, Byron, Cedric, Clarence, Curtis, Demetrius, Derrick, Dwayne, Earl, Elijah, Emmanuel, Eugene
Frederick, Garrett, Jalen, Jermaine, Jerome, Julius, Kareem, Keith, Kendrick, Lamar, Leon, Leroy, Marvin, Melvin
Nathaniel, Omar, Preston, Quincy, Raymond, Roderick, Roosevelt, Rodney, Solomon, Tariq, Trevon, Tyrell, Vernon, Wendell
""")
BLACK_SURNAMES = _split("""
Williams, Johnson, Jackson, Brown, Jones, Davis, Robinson, Harris, Thomas, Washington, Taylor, Moore, Wilson, Lewis
Walker, Smith, Green, Scott, Carter, Mitchell, Jefferson, Franklin, Coleman, Jenkins, Banks, Booker, Freeman, Gaines
Hampton, Hodges, Joseph, Charles, Dixon, Alexander, Bryant, Butler, Battle, Bolden, Broussard, Chatman, Claiborne, Daniels
Dorsey, Fields, Gibbs, Glover, Hairston, Holloway, Houston, Ingram, Jordan, Lacy, Mosley, Muhammad, Okafor, Okonkwo, Adeyemi
Parks, Pettway, Pierre, Randolph, Reese, Rivers, Sims, Singletary, Stokes, Sykes, Tate, Tesfaye, Toussaint, Bekele, Tillman
Vance, Whitfield, Wiggins, Winston, Woods, Yarbrough, Abebe, Baptiste, Boateng, Desta, Haile, Mensah, Nwosu, Osei, Worku
""")
KOREAN_FIRST = _split("Ji, Min, Seo, Soo, Hye, Eun, Yoon, Hyun, Jae, Sung, Young, Kyung, Sang, Dong, Jun, Joon, Tae, Woo, Yu, Ha, In, Mi, Sun, Na, Bo, Chae, Da, Ga, Kyu, Chan")
KOREAN_SECOND = _split("woo, min, hee, jin, hyun, young, soo, ah, eun, kyung, joo, na, ho, hoon, seok, won, yeon, rim, bin, jung, sun, mi, ra, seo, chul, gyu, beom, hwan, tae, sook")
KOREAN_SURNAMES = _split("""
Kim, Lee, Park, Choi, Jung, Kang, Cho, Yoon, Chang, Lim, Han, Oh, Shin, Kwon, Hwang, Ahn, Song, Yoo, Hong, Jeon, Ko, Moon
Yang, Bae, Baek, Huh, Nam, Shim, Noh, Ha, Koo, Sung, Cha, Woo, Min, Chun, Ji, Um, Son, Paik, Chung, Pyo, Suh
""")
ARMENIAN_WOMEN = _split("""
Ani, Anahit, Lusine, Narine, Armine, Gayane, Hasmik, Karine, Mariam, Nare, Astghik, Tatevik, Lilit, Arpine, Ruzanna
Sona, Talin, Shushan, Silva, Siranush, Naira, Marine, Lena, Knarik, Hripsime, Araxie, Seta, Houri, Nazeli, Zabel, Ovsanna
""")
ARMENIAN_MEN = _split("""
Armen, Hayk, Tigran, Ara, Aram, Gevorg, Vahe, Arman, Karen, Hovhannes, Sarkis, Raffi, Vartan, Hrach, Harout, Garo, Hagop
Khachatur, Levon, Mher, Narek, Nshan, Razmik, Samvel, Shant, Suren, Vardan, Viken, Zaven, Edgar, Artur, Davit, Grigor
""")
ARMENIAN_SURNAMES = _split("""
Grigoryan, Sargsyan, Hakobyan, Hovhannisyan, Petrosyan, Harutyunyan, Karapetyan, Khachatryan, Martirosyan, Avetisyan
Gevorgyan, Mkrtchyan, Manukyan, Simonyan, Danielyan, Abrahamyan, Sarkisian, Petrosian, Keshishian, Boghossian, Kazarian
Manoukian, Kevorkian, Tashjian, Zakarian, Der Bedrosian, Ter-Petrosyan, Aslanian, Babayan, Barsegyan, Chakmakjian
Demirjian, Ekmekjian, Galstyan, Ghazaryan, Hovsepian, Ishkhanyan, Jamgochian, Kalfayan, Krikorian, Lazaryan, Mardirossian
Minassian, Nazarian, Ohanian, Pogosyan, Safaryan, Shahinian, Stepanyan, Tumanyan, Vardanyan, Voskanyan, Yeghiazaryan, Yeremian
""")
FILIPINO_WOMEN = _split("""
Maria, Mary Grace, Mary Ann, Jennifer, Kristine, Michelle, Angelica, Maricel, Rowena, Jocelyn, Cherry, Lovely, Aileen
Rhea, Marites, Analyn, Charmaine, Divina, Evangeline, Fe, Gemma, Imelda, Josephine, Katrina, Leilani, Liezl, Ligaya
Luzviminda, Melanie, Nenita, Princess, Remedios, Rosalinda, Sheryl, Teresita, Vilma, Wilma, Corazon, Criselda, Ma. Theresa
""")
FILIPINO_MEN = _split("""
Jose, Mark Anthony, John Paul, Michael, Christian, Jerome, Ramon, Renato, Rodel, Romeo, Reynaldo, Arnel, Ariel, Bernardo
Benigno, Crisanto, Danilo, Dennis, Edgardo, Ernesto, Ferdinand, Gerald, Jayson, Jericho, Joselito, Leandro, Manuel, Marvin
Nestor, Noel, Orlando, Paolo, Rizalino, Rommel, Ronald, Rolando, Virgilio, Wilfredo, Carlo, Efren, Florante, Jun Carlo
""")
FILIPINO_SURNAMES = _split("""
Santos, Reyes, Cruz, Bautista, Ocampo, dela Cruz, Garcia, Mendoza, Torres, Tomas, Andrada, Castillo, Flores, Villanueva
Ramos, Castro, Rivera, Aquino, Navarro, Salazar, Mercado, de Guzman, Santiago, Soriano, Francisco, Aguilar, Pascual, Manalo
Dizon, Macaraeg, Magsaysay, Dimaculangan, Panganiban, Catacutan, Lacson, Gatdula, Pangilinan, Sumulong, Tolentino, Valdez
Evangelista, Fernandez, Galang, Hilario, Ignacio, Javier, Legaspi, Marasigan, Nepomuceno, Ong, Punzalan, Quiambao, Rosario
Salonga, Tan, Umali, Velasco, Yap, Zamora, Abad, Agbayani, Baluyot, Cayabyab, Dumlao, Enriquez, Gonzaga, Lim, Malabanan
""")
VIETNAMESE_WOMEN = _split("""
Thị Hương, Linh, Lan, Thảo, Mai, Hạnh, Thu, Trang, Ngọc, Phương, Hoa, Yến, Vy, Trinh, Thúy, Tuyết, Nhi, My, Kim Anh, Hồng
Bích Ngọc, Diễm, Giang, Hằng, Khánh, Loan, Nga, Oanh, Quỳnh, Tâm, Uyên, Vân, Xuân, Ánh, Châu, Thanh Thảo, Minh Châu, Ly
""")
VIETNAMESE_MEN = _split("""
Minh, Tuấn, Hùng, Dũng, Hải, Sơn, Long, Nam, Khoa, Quang, Thành, Đức, Phong, Bảo, Hiếu, Huy, Kiên, Lâm, Nghĩa, Phúc
Quốc, Tân, Thiện, Tiến, Toàn, Trí, Trung, Việt, Vinh, An, Bình, Công, Đạt, Định, Hoàng, Hưng, Khải, Văn Minh, Anh Tuấn
""")
VIETNAMESE_SURNAMES = _split("""
Nguyễn, Trần, Lê, Phạm, Huỳnh, Hoàng, Vũ, Võ, Phan, Trương, Bùi, Đặng, Đỗ, Ngô, Hồ, Dương, Đinh, Lý, Lâm, Mai, Trịnh, Đoàn
Cao, Châu, Tạ, Tô, Thái, Quách, Lưu, Hà, Vương, Tăng, Phùng, Kiều
""")
CHINESE_FIRST = _split("Wei, Xiao, Jia, Li, Mei, Yan, Hui, Jing, Ying, Ming, Zhi, Yu, Hong, Chun, Qing, Wen, Xin, Yi, Shu, Hao, Jun, Guo, Feng, Lin")
CHINESE_SECOND = _split("ling, hua, fang, ming, yan, jie, na, qiang, wei, li, hong, jun, mei, ping, ting, yu, ying, xia, bin, peng, tao, yi, lan, rong")
CHINESE_SURNAMES = _split("""
Chen, Wang, Li, Zhang, Liu, Lin, Huang, Wu, Yang, Chang, Wong, Chan, Liang, Lee, Chu, Ho, Lau, Leung, Cheng, Zhao, Zhou
Xu, Sun, Ma, Zhu, Hu, Guo, He, Gao, Luo, Zheng, Tang, Feng, Deng, Cao, Peng, Zeng, Xiao, Tian, Dong, Pan, Yuan, Cai, Jiang
Hsu, Tsai, Kuo, Yeh, Su, Lu, Fong, Kwan, Ng, Tsang, Yee, Yuen, Ouyang, Szeto
""")
ENGLISH_WOMEN = _split("Grace, Esther, Jenny, Christine, Eunice, Joyce, Sarah, Julie, Hannah, Susan, Michelle, Janet, Cindy, Tiffany, Vivian, Winnie, Annie, Angela, Emily, Amy")
ENGLISH_MEN = _split("Daniel, Peter, David, Andrew, Paul, James, John, Kevin, Brian, Eric, Steven, Jason, Henry, Tony, Vincent, Joseph, Samuel, Albert, Eugene, Edward")
JAPANESE_WOMEN = _split("Yuki, Keiko, Naomi, Emi, Akiko, Michiko, Kaori, Sachiko, Hiroko, Mayumi, Tomoko, Yoko, Aiko, Haruka, Midori, Reiko, Sakura, Kimiko, Noriko, Junko")
JAPANESE_MEN = _split("Kenji, Hiroshi, Takashi, Akira, Kenta, Satoshi, Daisuke, Makoto, Masao, Shinji, Kazuo, Yuji, Ryo, Naoki, Taro, Jiro, Minoru, Isamu, Glenn, Ken")
JAPANESE_SURNAMES = _split("""
Tanaka, Yamamoto, Nakamura, Watanabe, Sato, Suzuki, Kobayashi, Ito, Yamada, Sasaki, Matsumoto, Inoue, Kimura, Hayashi
Shimizu, Saito, Mori, Abe, Ikeda, Hashimoto, Ishikawa, Ogawa, Goto, Okada, Fujita, Endo, Aoki, Sakamoto, Murakami, Ota
Kaneko, Fujii, Nishimura, Fukuda, Miura, Takeda, Nakagawa, Ueda, Morita, Hara, Higa, Oshiro, Shimabukuro, Nakashima
""")
PERSIAN_WOMEN = _split("Maryam, Shirin, Leila, Nasrin, Parisa, Azadeh, Sara, Roya, Niloufar, Mahsa, Fatemeh, Zahra, Elham, Golnaz, Mina, Yasmin, Sepideh, Shabnam, Taraneh, Mojgan")
PERSIAN_MEN = _split("Ali, Reza, Mohammad, Hossein, Amir, Kamran, Farhad, Babak, Dariush, Cyrus, Arash, Kaveh, Ramin, Siavash, Behrouz, Mehdi, Nader, Omid, Payam, Shahin")
PERSIAN_SURNAMES = _split("""
Ahmadi, Hosseini, Mohammadi, Karimi, Rezaei, Moradi, Jafari, Rahimi, Ebrahimi, Kazemi, Sadeghi, Hashemi, Tehrani, Shirazi
Farahani, Bagheri, Ghasemi, Heidari, Javadi, Khosravi, Mahmoudi, Nazari, Pourmand, Rostami, Soltani, Tabrizi, Vakili, Yazdani
Zand, Amini, Davoudi, Etemadi, Golestani, Habibi, Iravani, Kashani, Lahijani, Mansouri, Nikpour, Parsa
""")
SOUTH_ASIAN_WOMEN = _split("Priya, Anjali, Neha, Pooja, Kavita, Sunita, Deepa, Lakshmi, Meera, Nisha, Rekha, Shreya, Swati, Anita, Divya, Farah, Harpreet, Jaspreet, Nadia, Sadia, Ayesha, Tasneem")
SOUTH_ASIAN_MEN = _split("Raj, Amit, Sanjay, Vijay, Arun, Anil, Ravi, Suresh, Rahul, Rohan, Vikram, Nikhil, Kiran, Manish, Harpreet, Gurpreet, Imran, Faisal, Bilal, Ashok, Deepak, Tanvir")
SOUTH_ASIAN_SURNAMES = _split("""
Patel, Singh, Shah, Sharma, Gupta, Kumar, Khan, Desai, Mehta, Reddy, Rao, Iyer, Nair, Joshi, Kapoor, Malhotra, Ahmed, Ali
Hussain, Chaudhry, Siddiqui, Rahman, Islam, Chowdhury, Kaur, Gill, Dhillon, Sandhu, Bhatt, Trivedi, Das, Banerjee, Mukherjee
Fernando, Perera, de Silva, Jayawardena, Subramaniam, Krishnan, Venkataraman
""")

GROUPS = {
    "hispanic": (40.0, HISPANIC_WOMEN, HISPANIC_MEN, HISPANIC_SURNAMES),
    "anglo": (25.0, ANGLO_WOMEN, ANGLO_MEN, ANGLO_SURNAMES),
    "black": (9.0, BLACK_WOMEN, BLACK_MEN, BLACK_SURNAMES),
    "filipino": (5.5, FILIPINO_WOMEN, FILIPINO_MEN, FILIPINO_SURNAMES),
    "korean": (5.0, None, None, KOREAN_SURNAMES),
    "armenian": (4.5, ARMENIAN_WOMEN, ARMENIAN_MEN, ARMENIAN_SURNAMES),
    "chinese": (4.0, None, None, CHINESE_SURNAMES),
    "vietnamese": (2.5, VIETNAMESE_WOMEN, VIETNAMESE_MEN, VIETNAMESE_SURNAMES),
    "persian": (1.8, PERSIAN_WOMEN, PERSIAN_MEN, PERSIAN_SURNAMES),
    "japanese": (1.4, JAPANESE_WOMEN, JAPANESE_MEN, JAPANESE_SURNAMES),
    "south asian": (1.3, SOUTH_ASIAN_WOMEN, SOUTH_ASIAN_MEN, SOUTH_ASIAN_SURNAMES),
}

SYLLABLES = {"korean": (KOREAN_FIRST, KOREAN_SECOND), "chinese": (CHINESE_FIRST, CHINESE_SECOND)}

NICKNAMES = {}
for line in """
Elizabeth: Liz Beth Lizzy Betty | Jennifer: Jen Jenny | Jessica: Jess Jessie | Katherine: Kate Kathy Katie | Rebecca: Becky
Samantha: Sam | Nicole: Nikki | Stephanie: Steph | Christine: Chris Christy Tina | Melissa: Missy | Kimberly: Kim
Margaret: Maggie Peggy Meg | Allison: Ali | Abigail: Abby | Madison: Maddie | Natalie: Nat | Victoria: Vicky Tori
Alexandra: Alex Sandra | Caroline: Carrie | Kathleen: Kathy Kate | Deborah: Debbie Deb | Barbara: Barb | Cynthia: Cindy
Pamela: Pam | Catherine: Cathy Kate | Theresa: Terry Tess | Jacqueline: Jackie | Judith: Judy | Christina: Tina Chris
Danielle: Dani | Eleanor: Ellie Nell | Dorothy: Dot Dottie | Susan: Sue Susie | Amanda: Mandy | Michael: Mike Mickey
Christopher: Chris | Matthew: Matt | David: Dave | James: Jim Jimmy Jamie | John: Jack Johnny | Robert: Bob Rob Bobby
William: Bill Will Billy | Daniel: Dan Danny | Joseph: Joe Joey | Andrew: Andy Drew | Thomas: Tom Tommy | Steven: Steve
Jeffrey: Jeff | Richard: Rick Dick Rich | Timothy: Tim | Benjamin: Ben | Nicholas: Nick | Jonathan: Jon | Anthony: Tony
Patrick: Pat | Alexander: Alex | Samuel: Sam | Zachary: Zach | Jacob: Jake | Nathan: Nate | Peter: Pete | Edward: Ed Eddie
Charles: Charlie Chuck | Kenneth: Ken Kenny | Gregory: Greg | Stephen: Steve | Douglas: Doug | Ronald: Ron | Donald: Don
Raymond: Ray | Lawrence: Larry | Albert: Al | Henry: Hank Harry | Philip: Phil | Vincent: Vince | Walter: Walt
Gerald: Jerry | Frederick: Fred | Theodore: Ted Teddy | Leonard: Len Leo | Nathaniel: Nate | Reginald: Reggie
María: Mari | Guadalupe: Lupe | Patricia: Patty Pat | Rosa: Rosie | Leticia: Lety | Gabriela: Gaby | Verónica: Vero
Alejandra: Ale Alex | Cecilia: Ceci | Mónica: Moni | Adriana: Adri | Maribel: Mari | Daniela: Dani | Teresa: Tere
Beatriz: Betty | Esmeralda: Esme | Susana: Susy | Angélica: Angie | Isabel: Chabela Isa | Graciela: Chela | Dolores: Lola
Concepción: Concha | Rosario: Chayo | Margarita: Mago | Consuelo: Chelo | Josefina: Josie Fina | Francisca: Paquita
Evangelina: Eva | Catalina: Cata | Valeria: Vale | Fernanda: Fer | Vanessa: Nessa | Araceli: Ara | Yolanda: Yoli
José: Pepe Joe | Juan: Johnny | Jesús: Chuy | Carlos: Charlie | Miguel: Mike | Jorge: George | Francisco: Paco Frank Pancho
Antonio: Tony Toño | Manuel: Manny | Alejandro: Alex Ale | Ricardo: Rick Ricky | Roberto: Robert Beto | Fernando: Fer
Eduardo: Eddie Lalo | Javier: Javi | Rafael: Rafa Ralph | Sergio: Checo | Pedro: Pete | Andrés: Andy | Víctor: Vic
Arturo: Art | Enrique: Henry Kike | Salvador: Chava Sal | Gerardo: Jerry | Alfredo: Fred Alfie | Alberto: Beto Al
Guillermo: Memo Bill | Ernesto: Ernie Neto | Gabriel: Gabe | Ignacio: Nacho | Cristian: Cris | Nicolás: Nico | Tomás: Tommy
Leonardo: Leo | Benjamín: Ben | Rodolfo: Rudy | Santiago: Santi | Mauricio: Mau | Armando: Mando | Raúl: Rulo
Kristine: Kris Tina | Angelica: Angie | Josephine: Josie | Teresita: Tess | Christian: Chris | Reynaldo: Rey | Rolando: Rolly
Hovhannes: John | Gevorg: George | Hagop: Jack | Khachatur: Chris | Grigor: Greg | Mohammad: Mo | Tanisha: Tish | Tiffany: Tiff
Latoya: Toya | Jasmine: Jas | Gabrielle: Gabby | Charlene: Char | Candace: Candy | Dominique: Nikki | Terrence: Terry
Isaiah: Ike | Elijah: Eli | Emmanuel: Manny | Demetrius: Meech | Clarence: Clay | Solomon: Sol | Dariush: Dara
""".replace("\n", "|").split("|"):
    if ":" in line:
        formal, informal = line.split(":")
        NICKNAMES[formal.strip()] = informal.split()
